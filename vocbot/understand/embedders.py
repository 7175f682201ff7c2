"""Where the meaning of texts may be asked for: a package, an endpoint, a model in a folder. All optional.

Nothing is downloaded: `wordllama` brings its vectors in the package, a folder is read as it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from vocbot.sdk.errors import VocbotError
from vocbot.text.grouper import Embed
from vocbot.text.space import Floats

KEY = "VOCBOT_EMBEDDER_KEY"
_BATCH = 256  # texts in one request
_TIMEOUT = 60.0


def open_embedder(spec: str, transport: httpx.BaseTransport | None = None) -> Embed:
    """What `spec` names: `wordllama`, `https://host/v1#model` (OpenAI-compatible, key in VOCBOT_EMBEDDER_KEY), or the
    folder of a sentence-transformers model. Raises VocbotError with what to do where it cannot be used."""
    if spec == "wordllama":
        return _wordllama()
    if spec.startswith(("http://", "https://")):
        return _endpoint(spec, transport)
    if Path(spec).is_dir():
        return _sentence_transformers(spec)
    raise VocbotError(f"--embedder {spec}: write wordllama, https://host/v1#model, or the folder of a model")


def _wordllama() -> Embed:
    found = find_spec("wordllama")
    if found is None or found.origin is None:
        raise VocbotError("--embedder wordllama: it is not installed; pip install 'vocbot[wordllama]'")
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    root = Path(found.origin).parent  # its own loader looks for the tokenizer on a hub although it is here
    vectors = next(iter(load_file(root / "weights" / "l2_supercat_256.safetensors").values())).astype(np.float32)
    tokenizer = Tokenizer.from_file(str(root / "tokenizers" / "l2_supercat_tokenizer_config.json"))

    def embed(texts: Sequence[str]) -> Floats:
        placed = np.zeros((len(texts), vectors.shape[1]), np.float32)
        for row, encoded in enumerate(tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            if encoded.ids:
                placed[row] = vectors[encoded.ids].mean(axis=0)
        return placed

    return embed


def _endpoint(spec: str, transport: httpx.BaseTransport | None) -> Embed:
    address, _, model = spec.partition("#")
    if not model:
        raise VocbotError(f"--embedder {spec}: the model is missing; write {address}#model")
    key = os.environ.get(KEY)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = httpx.Client(timeout=_TIMEOUT, headers=headers, transport=transport)

    def ask(texts: list[str]) -> list[list[float]]:
        try:
            answer = client.post(f"{address.rstrip('/')}/embeddings", json={"model": model, "input": texts})
            answer.raise_for_status()
            rows: list[dict[str, Any]] = sorted(answer.json()["data"], key=lambda row: row["index"])
            found = [row["embedding"] for row in rows]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise VocbotError(f"the embedder {address} does not answer as it should: {error}") from None
        if len(found) != len(texts) or len({len(vector) for vector in found}) != 1:
            raise VocbotError(f"the embedder {address} answered {len(found)} vectors for {len(texts)} texts")
        return found

    def embed(texts: Sequence[str]) -> Floats:
        batches = (list(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH))
        return np.array([vector for batch in batches for vector in ask(batch)], np.float32)

    return embed


def _sentence_transformers(folder: str) -> Embed:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise VocbotError(f"--embedder {folder}: pip install sentence-transformers to use it") from None
    model = SentenceTransformer(folder, local_files_only=True)

    def embed(texts: Sequence[str]) -> Floats:
        return np.asarray(model.encode(list(texts), show_progress_bar=False), np.float32)

    return embed
