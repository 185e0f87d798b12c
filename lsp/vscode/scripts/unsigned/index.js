"use strict";

// vsce loads this module whatever it does, and calls it only to sign.
const refuse = () => {
  throw new Error("packages are not signed here: sign the .vsix where it is published");
};

module.exports = { generate: refuse, sign: refuse, verify: refuse, generateManifest: refuse, zip: refuse };
