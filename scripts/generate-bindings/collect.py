"""Writes pytorch.jsonl: what PyTorch itself says about its Python API.

The generator (generate.mjs) runs on plain Node, without Python. This collector reads the facts that only
Python knows, once for each PyTorch release, and the result is checked in:

  - which ATen overloads stand behind each documented name, in the order in which PyTorch's own argument
    parser tries them (torchgen's grouping and `sort_overloads`);
  - the first sentence of each name's documentation;
  - the public names of modules that are Python code (layers, initialisers, optimizers, schedules, methods);
  - that every overload is registered in the libtorch of the same build.

Usage: python scripts/generate-bindings/collect.py      (needs the `torch` wheel, which contains torchgen)
"""

import inspect
import json
import re
from collections import defaultdict
from pathlib import Path

import torch
import torchgen
import torchgen.packaged.autograd.gen_python_functions as bindings
from torchgen.api.python import PythonSignatureGroup, signature
from torchgen.context import native_function_manager
from torchgen.gen import parse_native_yaml

# Undocumented in PyTorch, and yet in everyday use: kept under the name that everybody types.
UNDOCUMENTED = {
    "methods": "relu relu_ log_softmax prelu clamp_min clamp_min_ clamp_max clamp_max_ is_nonzero is_same_size "
    "index_reduce split_with_sizes",
    "functions": "relu relu_ log_softmax masked_fill masked_scatter index_fill index_put index_put_ clamp_min "
    "clamp_max rms_norm layer_norm group_norm batch_norm instance_norm dropout embedding rsub selu celu rrelu "
    "threshold detach split_with_sizes constant_pad_nd max_pool1d max_pool2d max_pool3d "
    "is_same_size is_signed binomial new_zeros new_ones new_full new_empty",
}
# Operators that torch.nn.functional reaches under another name.
RENAMED_FUNCTIONAL = "cross_entropy_loss nll_loss_nd log_sigmoid im2col col2im feature_dropout".split()

# Bound by hand in PyTorch's C++, so that torchgen passes over them; the operators themselves are ordinary.
BOUND_BY_HAND = {"contiguous", "copy_", "nonzero"} | {
    f"{op}{suffix}.Scalar" for op in ("add", "sub", "mul", "div") for suffix in ("", "_")
}

NAMESPACES = {
    "methods": (torch.Tensor, bindings.is_py_variable_method),
    "functions": (torch, bindings.is_py_torch_function),
    "linalg": (torch.linalg, bindings.is_py_linalg_function),
    "special": (torch.special, bindings.is_py_special_function),
    "fft": (torch.fft, bindings.is_py_fft_function),
}


# Python code, of which no operator is the whole: for the table of docs/pytorch.md.
PYTHON = {
    "Tensor": lambda: [n for n in dir(torch.Tensor) if getattr(torch.Tensor, n).__doc__],
    "nn": lambda: [n for n in dir(torch.nn) if inspect.isclass(getattr(torch.nn, n))],
    "nn.init": lambda: [n for n in dir(torch.nn.init) if n.endswith("_")],
    "nn.utils": lambda: [n for n in torch.nn.utils.__all__ if callable(getattr(torch.nn.utils, n))],
    "optim": lambda: [n for n in torch.optim.__all__ if inspect.isclass(getattr(torch.optim, n))],
    "optim.lr_scheduler": lambda: torch.optim.lr_scheduler.__all__,
}


def read_native_functions():
    root = Path(torchgen.__file__).parent / "packaged/ATen/native"
    parsed = parse_native_yaml(str(root / "native_functions.yaml"), str(root / "tags.yaml"))
    registered = set(torch._C._dispatch_get_all_op_names())
    out = []
    for f in parsed.native_functions:
        if f.func.is_out_fn() or f"aten::{f.func.name}" not in registered:
            continue
        with native_function_manager(f):
            if bindings.should_generate_py_binding(f) or str(f.func.name) in BOUND_BY_HAND:
                out.append(f)
    return out


def in_parser_order(functions, method):
    """The overloads of one name, in the order in which the Python argument parser tries them."""
    groups = []
    for f in functions:
        with native_function_manager(f):
            groups.append(PythonSignatureGroup(signature=signature(f, method=method), base=f, outplace=None))
    return [g.base for g in bindings.sort_overloads(groups)]


def first_sentence(obj):
    """First sentence of a docstring, without the leading signature lines and without reST markup."""
    lines = (getattr(obj, "__doc__", None) or "").strip().splitlines()
    while lines and (re.match(r"^\s*(torch\.)?[\w.]+\(.*", lines[0]) or not lines[0].strip()):
        lines.pop(0)
    paragraph = []
    for line in lines:
        if not line.strip() or line.lstrip().startswith((".. ", "Args:", "Example", "Note")):
            break
        paragraph.append(line.strip())
    text = " ".join(paragraph)
    text = re.sub(r":math:`([^`]*)`", r"\1", text)
    text = re.sub(r"\\(?:text|mathrm|operatorname)\{([^}]*)\}", r"\1", text)
    text = re.sub(r"\\(?:left|right)\b", "", text)
    text = re.sub(r":\w+(?::\w+)?:`~?([^`<]*?)(?:\s*<[^`]*>)?`", lambda m: f"`{m[1].rstrip('()')}`", text)
    text = re.sub(r"`([^`<]+?)\s*<[^`>]*>`_+", r"\1", text).replace("``", "`").replace("\\_", "_")
    text = re.split(r"(?<=[.!])\s", text)[0].rstrip(":")
    return text if len(text) <= 200 else text[:197].rsplit(" ", 1)[0] + "..."


def documentation(table, name):
    space = NAMESPACES[table][0]
    text = first_sentence(getattr(space, name, None))
    # "See torch.add" sends the reader away: say what the function's own page says.
    if table == "methods" and re.match(r"^See `torch\.|^$|^Alias for|.*calls? to `torch", text):
        text = first_sentence(getattr(torch, name, None)) or text
    return text


def main():
    functions = read_native_functions()
    schemas, tables = {}, {}

    def remember(ordered):
        for f in ordered:
            text = str(f.func)
            schemas[str(f.func.name)] = text[text.index("("):]
        return [str(f.func.name) for f in ordered]

    for table, (space, belongs) in NAMESPACES.items():
        prefix = f"{table}_" if table in ("linalg", "special", "fft") else ""
        wanted = set(UNDOCUMENTED.get(table, "").split())
        grouped = defaultdict(list)
        for f in functions:
            name = str(f.func.name.name)
            if belongs(f) and not name.removeprefix(prefix).startswith("_"):
                grouped[name.removeprefix(prefix)].append(f)
        tables[table] = {}
        for name in sorted(grouped):
            if not (getattr(getattr(space, name, None), "__doc__", None) or name in wanted):
                continue
            names = remember(in_parser_order(grouped[name], table == "methods"))
            tables[table][name] = {"doc": documentation(table, name), "ops": names}

    by_name = defaultdict(list)
    for f in functions:
        by_name[str(f.func.name.name)].append(f)
    tables["functional"] = {}
    for name in sorted(dir(torch.nn.functional)):
        obj = getattr(torch.nn.functional, name)
        if name.startswith("_") or not callable(obj) or not obj.__doc__:
            continue
        if not getattr(obj, "__module__", "").startswith("torch"):  # typing helpers and decorators
            continue
        ops = remember(in_parser_order(by_name[name], False)) if name in by_name else []
        tables["functional"][name] = {"doc": first_sentence(obj), "ops": ops}
    for name in RENAMED_FUNCTIONAL:
        remember(by_name[name])

    lines = [{"torch": torch.__version__.split("+")[0]}]
    lines += [{"table": t, "name": n, **entry} for t, names in tables.items() for n, entry in names.items()]
    for module, names in PYTHON.items():
        known = tables["methods"] if module == "Tensor" else {}
        lines.append({"python": module, "names": sorted(n for n in names() if not n.startswith("_") and n not in known)})
    lines += [{"op": op, "schema": schema} for op, schema in sorted(schemas.items())]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (Path(__file__).parent / "pytorch.jsonl").write_text(text, encoding="utf-8")
    print({k: len(v) for k, v in tables.items()}, len(schemas), "schemas,", len(text), "bytes")


main()
