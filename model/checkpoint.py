"""Finds, checks, loads and saves checkpoints: ordinary Hugging Face folders with CWM's tokenizer in them.

    model, tokenizer = load_model(resolve("cwm-nano"))

Weights are read from safetensors alone, never from pickles. A damaged or foreign checkpoint ends in a one-line
ModelError before the weights are read. How fast a model runs is the engine's concern, not this module's.
"""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from neuraldbg.errors import ModelError
from neuraldbg.model.tokenizer import FILE_NAME, CwmTokenizer, save_fast

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

Quantize = Literal["nf4", "int8"]

EMBEDDED: Final = "cwm-nano"
ARCHITECTURES: Final = ("cwm", "llama", "qwen2", "qwen3")
DTYPES: Final = ("float32", "bfloat16", "float16")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
_SHARD_BYTES = 15 * 2**20 - 2**16  # files stay below 15 MiB, their headers included
_NF4_BLOCK = 64  # weights that share one scale
_QUIET_BYTES = 2**30  # loading less than this takes no progress bar


def resolve(model: str | None) -> Path | str:
    """Where a model is: a folder, or the id of a repository on the Hugging Face hub.

    Args:
        model: None or "cwm-nano" for the embedded model, a folder, or a hub id such as "facebook/cwm". A name whose
            first part is a folder here is taken as a path.

    Raises:
        ModelError: if there is no such folder and it is no hub id.
    """
    if model is None or model == EMBEDDED:
        folder = Path(__file__).parent / "weights" / EMBEDDED
        if not (folder / "config.json").is_file():
            raise ModelError(
                f"the embedded model {EMBEDDED} is not in this installation ({folder}): pass another model"
            )
        return folder
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        return folder
    if model and folder.exists():
        raise ModelError(f"{model} is a file: a model is a folder with config.json, or a hub id such as facebook/cwm")
    if _HUB_ID.fullmatch(model) and not Path(folder.parts[0]).is_dir():
        return model
    raise ModelError(f"no model folder {model}: pass a folder with config.json, or a hub id such as facebook/cwm")


def load_model(
    path: Path | str,
    device: str | None = None,
    dtype: torch.dtype | str | None = None,
    quantize: Quantize | str | None = None,
) -> tuple[PreTrainedModel, CwmTokenizer]:
    """Loads a checkpoint for inference.

    Args:
        path: a folder, or a hub id, which is downloaded into Hugging Face's cache.
        device: "cpu", "cuda", "cuda:1", "mps"; None: the GPU, or all of them where there are several, else the CPU.
        dtype: of the weights, as torch's or by name; None: as they are stored.
        quantize: load linear layers in 4 bits ("nf4", double quantization) or 8 ("int8") with bitsandbytes.

    Raises:
        ModelError: if the checkpoint is missing, damaged or of another architecture, its tokenizer does not fit, or the
            device is not there or too small.
    """
    folder = path if isinstance(path, Path) or Path(path).is_dir() else _download(path)
    folder = Path(folder)
    config = read_config(folder)
    n_bytes = check_weights(folder)
    tokenizer = load_tokenizer(folder, config)
    where: str | dict[str, str] = {"": check_device(device)}
    if device is None and _gpus() > 1:
        where = "auto"  # accelerate spreads the layers
    options: dict[str, Any] = {"dtype": _dtype(dtype), "use_safetensors": True, "device_map": where}
    if quantize is not None:
        options["quantization_config"] = _quantization(quantize, config, folder)
    return _from_pretrained(folder, options, n_bytes), tokenizer


def read_config(folder: Path) -> dict[str, Any]:
    """``config.json`` as a dictionary.

    Raises:
        ModelError: if it is missing, not JSON, or of an architecture that is not ours.
    """
    if not folder.is_dir():
        raise ModelError(f"no model folder {folder}")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder} has no config.json: it is not a model folder") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / 'config.json'} cannot be read: {error}") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in ARCHITECTURES:
        raise ModelError(f"{folder} holds a {kind or 'nameless'} model: neuraldbg runs {', '.join(ARCHITECTURES)}")
    return dict(config)


def check_weights(folder: Path) -> int:
    """Checks that every safetensors file is there and whole, by their headers; returns their bytes.

    Raises:
        ModelError: if there is none, a shard is missing, or one is cut short or no safetensors file.
    """
    if (folder / _INDEX).is_file():
        try:
            names = sorted(set(json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise ModelError(f"{folder / _INDEX} is damaged: {error}") from error
    elif (folder / _SINGLE).is_file():
        names = [_SINGLE]
    else:
        raise ModelError(f"{folder} has no {_SINGLE}: only safetensors weights are loaded")
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"{folder} lacks {len(missing)} of {len(names)} weight files, first {missing[0]}")
    return sum(_check_file(folder / name) for name in names)


def _check_file(path: Path) -> int:
    """Size of a safetensors file: 8 bytes of header length, the header (JSON), then the tensors it lists."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 + length:
            raise ModelError(f"{path} is cut short or damaged ({size} bytes): copy or download it again")
        try:
            header = json.loads(file.read(length))
            header.pop("__metadata__", None)
            end = max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path} is not a safetensors file") from error
    if size != 8 + length + end:
        raise ModelError(f"{path} is cut short: {size} bytes of {8 + length + end}: copy or download it again")
    return size


def load_tokenizer(folder: Path, config: dict[str, Any]) -> CwmTokenizer:
    """The tokenizer of a checkpoint: tokenizer.model, or the ranks in tokenizer.json.

    An embedding matrix may be padded beyond the tokenizer's ids, if its begin_of_text shows that the layout fits.

    Raises:
        ModelError: if there is none, or it does not fit the model's vocabulary.
    """
    for name in (FILE_NAME, f"original/{FILE_NAME}"):
        if (folder / name).is_file():
            tokenizer = CwmTokenizer.load(folder / name)
            break
    else:
        name = "tokenizer.json"
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {FILE_NAME}: copy the one the model was trained with into it")
        tokenizer = CwmTokenizer.from_json(folder / name)
    vocab = config.get("vocab_size")
    padded = (
        isinstance(vocab, int)
        and vocab > tokenizer.vocab_size
        and config.get("bos_token_id") == tokenizer.begin_of_text
    )
    if vocab != tokenizer.vocab_size and not padded:
        raise ModelError(
            f"{folder / name} has {tokenizer.vocab_size} tokens, the model {vocab}: it is another model's tokenizer"
        )
    return tokenizer


def check_device(device: str | None) -> str:
    """The device to use; None is the first GPU, else the CPU.

    Raises:
        ModelError: if torch does not know it, or it is not there.
    """
    import torch

    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(device)
    except RuntimeError:
        raise ModelError(f"no device {device!r}: use cpu, cuda, cuda:1 or mps") from None
    if kind.type == "cuda" and (kind.index or 0) >= torch.cuda.device_count():
        raise ModelError(f"{device} was asked for, but torch sees {torch.cuda.device_count()} CUDA devices: use cpu")
    if kind.type == "mps" and not torch.backends.mps.is_available():
        raise ModelError("mps was asked for, but this machine has none: use cpu")
    return device


def _gpus() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _dtype(dtype: torch.dtype | str | None) -> torch.dtype | str:
    import torch

    if dtype is None or dtype == "auto":
        return "auto"
    if isinstance(dtype, torch.dtype):
        return dtype
    if dtype not in DTYPES:
        raise ModelError(f"no dtype {dtype!r}: use {', '.join(DTYPES)}")
    found = getattr(torch, dtype)
    assert isinstance(found, torch.dtype)
    return found


def _quantization(quantize: str, config: dict[str, Any], folder: Path) -> Any:
    import torch
    from transformers import BitsAndBytesConfig

    if config.get("quantization_config"):
        raise ModelError(f"{folder} is quantized already: leave {quantize} out")
    if find_spec("bitsandbytes") is None:
        raise ModelError(f"{quantize} needs bitsandbytes: pip install bitsandbytes")
    make: Callable[..., Any] = BitsAndBytesConfig
    quiet_bitsandbytes()
    if quantize == "int8":
        return make(load_in_8bit=True)
    if quantize == "nf4":
        narrow = [width for width in _widths(config) if width % _NF4_BLOCK]
        if narrow:  # bitsandbytes repacks weights for the CPU at the first product, and fails there
            raise ModelError(f"nf4 needs layer widths that are multiples of {_NF4_BLOCK}, not {narrow[0]}: use int8")
        return make(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    raise ModelError(f"no quantization {quantize!r}: use nf4 or int8")


def quiet_bitsandbytes() -> None:
    """Drops its warnings at every product and of kernels that nobody asked for."""
    for name in ("autograd._functions", "backends.cpu.ops"):
        logging.getLogger(f"bitsandbytes.{name}").setLevel(logging.ERROR)


def _widths(config: dict[str, Any]) -> tuple[int, int, int]:
    """Input widths of the linear layers."""
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    return hidden, config["intermediate_size"], heads * (config.get("head_dim") or hidden // heads)


def _from_pretrained(folder: Path, options: dict[str, Any], n_bytes: int) -> PreTrainedModel:
    import torch
    from transformers import AutoModelForCausalLM

    load: Callable[..., Any] = AutoModelForCausalLM.from_pretrained
    where = options["device_map"]
    place = f"{_gpus()} GPUs" if where == "auto" else where[""]
    hint = "pass a smaller model" if "quantization_config" in options else "quantize it (nf4) or pass a smaller model"
    try:
        with _progress_bars(n_bytes >= _QUIET_BYTES):
            model, info = load(str(folder), local_files_only=True, output_loading_info=True, **options)
    except torch.OutOfMemoryError as error:
        raise ModelError(f"{folder} does not fit on {place}: {hint}") from error
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelError(
            f"{folder} cannot be loaded: {str(error).splitlines()[0] if str(error) else error!r}"
        ) from error
    if where == "auto" and {"cpu", "disk"} & set(model.hf_device_map.values()):  # accelerate puts the rest elsewhere
        raise ModelError(f"{folder} does not fit on {place}: {hint}")
    absent = sorted(info["missing_keys"])
    if absent:  # transformers fills them with random numbers and goes on
        raise ModelError(f"{folder} lacks {len(absent)} tensors of the model, first {absent[0]}")
    loaded: PreTrainedModel = model.eval()
    return loaded


@contextmanager
def _progress_bars(shown: bool) -> Iterator[None]:
    from transformers.utils import logging as transformers_logging

    settings: Any = transformers_logging  # has no annotations
    was = settings.is_progress_bar_enabled()
    if was and not shown:
        settings.disable_progress_bar()
    try:
        yield
    finally:
        if was:
            settings.enable_progress_bar()


def _download(hub_id: str) -> str:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    wanted = ["*.json", "*.safetensors", FILE_NAME, f"original/{FILE_NAME}"]
    try:
        return snapshot_download(hub_id, allow_patterns=wanted)
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"cannot get {hub_id} from the Hugging Face hub: {reason}") from error


def save_checkpoint(
    model: PreTrainedModel, tokenizer: CwmTokenizer, folder: Path | str, dtype: torch.dtype | None = None
) -> Path:
    """Writes a folder that ``load_model``, AutoModelForCausalLM and AutoTokenizer read.

    The files are written beside the folder and moved in when they are whole, the weights' index or single file last.
    Other files in the folder stay.

    Args:
        dtype: of the stored weights, bfloat16 if None; a quantized model is stored as it is. On a CPU save an NF4 model
            before its first pass: in it bitsandbytes rounds the scales.

    Raises:
        ValueError: if the tokenizer's vocabulary is not the model's.
    """
    model = getattr(model, "_orig_mod", model)  # torch.compile's wrapper
    if model.config.vocab_size != tokenizer.vocab_size:
        raise ValueError(f"the model has {model.config.vocab_size} tokens, the tokenizer {tokenizer.vocab_size}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
        made = Path(name)
        with _progress_bars(model.num_parameters() >= _QUIET_BYTES):
            _write_model(model, made, dtype)
        save_fast(tokenizer, made, model_max_length=model.config.max_position_embeddings)
        new = sorted(made.iterdir(), key=lambda file: (file.name in (_SINGLE, _INDEX), file.name))
        for file in new:
            os.replace(file, folder / file.name)
    kept = {file.name for file in new}
    for old in [*folder.glob("model*.safetensors"), folder / _INDEX]:
        if old.name not in kept:
            old.unlink(missing_ok=True)
    return folder


def _write_model(model: PreTrainedModel, folder: Path, dtype: torch.dtype | None) -> None:
    import torch

    if getattr(model, "is_quantized", False):
        model.save_pretrained(folder, max_shard_size=_SHARD_BYTES)
        return
    dtype = dtype or torch.bfloat16
    cast: dict[int, torch.Tensor] = {}  # by address, so that tied weights stay one tensor
    weights = {}
    for name, tensor in model.state_dict().items():
        weights[name] = cast.setdefault(tensor.data_ptr(), tensor.detach().to("cpu", dtype))
    model.save_pretrained(folder, state_dict=weights, max_shard_size=_SHARD_BYTES)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["dtype"] = str(dtype).removeprefix("torch.")  # save_pretrained wrote that of the model in memory
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
