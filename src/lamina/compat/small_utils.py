"""Small functions that programs take from inside older Keras."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from lamina.applications.parts import shape_of_pictures
from lamina.errors import DependencyError, FileError
from lamina.graph import budget
from lamina.saving.json_text import depth_of
from lamina.saving.limits import DEFAULT

# Characters of a text of YAML, which takes far longer to read than JSON does.
_MOST = 1 << 20
_LEAD = re.compile(rb"^[ ?\-]++", re.MULTILINE)


def has_arg(fn: Callable[..., Any], name: str, accept_all: bool = False) -> bool:
    """Whether a function takes an argument of this name, or with `accept_all` any."""
    parameters = inspect.signature(fn).parameters
    if accept_all and any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return True
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return name in parameters and parameters[name].kind in kinds


def obtain_input_shape(
    input_shape: Any, default_size: int, min_size: int, data_format: Any = None,
    require_flatten: bool = True, weights: Any = None, include_top: bool | None = None,
    dim_ordering: Any = None,
) -> tuple[int | None, ...]:  # fmt: skip
    """The shape of a picture for a network, checked.

    Raises: ArgumentError for one that does not go with it.
    """
    del data_format, dim_ordering  # the present setting
    sized = require_flatten if include_top is None else include_top
    return shape_of_pictures("the network", weights, input_shape, default_size, min_size, sized)


def to_yaml(self: Any, **kwargs: Any) -> str:
    """The model without its weights as YAML, for `model_from_yaml`.

    Raises: DependencyError without PyYAML.
    """
    import json

    return str(_yaml("to_yaml").safe_dump(json.loads(self.to_json()), **kwargs))


def model_from_yaml(yaml_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model of a text that `to_yaml` wrote, with fresh weights. Only plain values are read.

    Raises: FileError for what is no such text; DependencyError without PyYAML.
    """
    from lamina.saving.legacy_h5 import described as older
    from lamina.saving.model_files import described, guarded

    yaml, name = _yaml("model_from_yaml"), "the text of a model"
    if len(yaml_string) > _MOST or "&" in yaml_string or _is_deep(yaml_string):
        raise FileError(
            name, "is too large or deep, or repeats parts of itself",
            f"{len(yaml_string):,} characters",
            "pass what model.to_yaml() returned",
        )  # fmt: skip
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the faster one, if it is there
        config = yaml.load(yaml_string, loader)
    except (yaml.YAMLError, ValueError) as error:
        raise FileError(
            name, "is no YAML of plain values", str(error)[:200], "pass what to_yaml() returned"
        ) from None
    if not isinstance(config, dict) or "class_name" not in config:
        raise FileError(
            name, "describes no model", f"{config!r:.80}", "pass what to_yaml() returned"
        )
    with budget.at_most(DEFAULT.most_bytes(), DEFAULT.layers, name):
        if "module" not in config:
            return guarded(lambda: older(config, custom_objects), name)
        return described(config, name, custom_objects, safe_mode=True)


def _is_deep(text: str) -> bool:
    """Whether it nests more than is read, by brackets, or by dashes and spaces before a line."""
    content = text.encode("utf-8", "surrogatepass")
    before = max((len(found) for found in _LEAD.findall(content)), default=0)
    return depth_of(content) > DEFAULT.depth or before > 4 * DEFAULT.depth


def _yaml(where: str) -> Any:
    try:
        import yaml
    except ModuleNotFoundError:
        raise DependencyError(
            where, "needs PyYAML", "it is not installed",
            "pip install pyyaml, or use to_json and model_from_json",
        ) from None  # fmt: skip
    return yaml
