"""Presets: sizes, layer pattern, special ids, equality with upstream's 32B, no warnings."""

from __future__ import annotations

import logging
import warnings

import pytest

from neuraldbg.errors import ModelError
from neuraldbg.model.config import PRESETS, parameter_count, preset


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("cwm-micro", 0.246),
        ("cwm-nano", 5.312),
        ("cwm-mini", 14.654),
        ("cwm-small", 45.725),
        ("cwm-1b", 1884.391),
        ("cwm-8b", 8030.261),
        ("cwm-32b", 32581.097),
    ],
)
def test_parameter_counts(name: str, millions: float) -> None:
    assert parameter_count(preset(name)) / 1e6 == pytest.approx(millions, abs=6e-4)


def test_the_largest_is_upstreams_default() -> None:
    from transformers import CwmConfig

    assert preset("cwm-32b").to_dict() == CwmConfig().to_dict()


@pytest.mark.parametrize("name", PRESETS)
def test_every_fourth_layer_has_full_attention_starting_with_the_first(name: str) -> None:
    config = preset(name)
    kinds = config.layer_types
    assert kinds is not None
    assert [i for i, kind in enumerate(kinds) if kind == "full_attention"] == list(range(0, len(kinds), 4))
    assert len(kinds) == config.num_hidden_layers
    assert set(kinds) == {"full_attention", "sliding_attention"}


@pytest.mark.parametrize("name", ["cwm-micro", "cwm-nano", "cwm-mini", "cwm-small"])
def test_small_ones_see_their_whole_context_with_plain_rotary_positions(name: str) -> None:
    config = preset(name)
    assert config.sliding_window == config.max_position_embeddings
    assert config.rope_parameters == {"rope_type": "default", "rope_theta": 10_000.0}


def test_special_ids_follow_the_vocabulary() -> None:
    config = preset("cwm-nano", vocab_size=1256)
    assert (config.vocab_size, config.bos_token_id, config.pad_token_id) == (1256, 1000, 1004)
    assert config.eos_token_id == [1001, 1008, 1009]
    assert preset("cwm-1b").eos_token_id == [128_001, 128_008, 128_009]


def test_overrides_replace_fields() -> None:
    config = preset("cwm-nano", tie_word_embeddings=False, num_hidden_layers=9, max_position_embeddings=4096)
    assert config.tie_word_embeddings is False
    assert config.layer_types is not None and len(config.layer_types) == 9
    assert config.sliding_window == 4096
    assert preset("cwm-1b", max_position_embeddings=65_536).sliding_window == 8192
    tied, untied = parameter_count(preset("cwm-nano")), parameter_count(preset("cwm-nano", tie_word_embeddings=False))
    assert untied - tied == 2304 * 256


def test_wrong_names_and_vocabularies_are_refused() -> None:
    with pytest.raises(ModelError, match="no model size 'cwm-giant'; there are cwm-micro, cwm-nano"):
        preset("cwm-giant")
    with pytest.raises(ModelError, match="vocab_size 500 is too small"):
        preset("cwm-nano", vocab_size=500)


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_makes_transformers_warn(name: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("transformers")
    logger.addHandler(caplog.handler)  # transformers does not propagate to the root logger
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parameter_count(preset(name))
    finally:
        logger.removeHandler(caplog.handler)
    assert caplog.messages == []
