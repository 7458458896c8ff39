"""Loads folders as transformers does by itself, and compares logits with those of the folders they were made of.

stdin: [{"original", "saved", "dtype"}]; stdout: a JSON list of what was found, one a folder. `reason_to_skip` as exit text.
"""
import json
import sys


def reason_to_skip():
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError as error:
        return str(error)
    if int(transformers.__version__.split(".")[0]) < 5:
        return f"transformers {transformers.__version__}, the fixtures were recorded by 5"


def compare(original, saved, dtype):
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    ids = load_file(f"{original}/expected.safetensors")["ids.2"][None]
    theirs = AutoModelForCausalLM.from_pretrained(original, dtype=getattr(torch, dtype)).eval()
    ours, info = AutoModelForCausalLM.from_pretrained(saved, output_loading_info=True)
    with torch.no_grad():
        expected, got = theirs(ids).logits, ours.eval()(ids).logits
    return {
        "dtype": str(got.dtype).removeprefix("torch."),
        "equal": torch.equal(got, expected),
        "tied": ours.lm_head.weight is ours.model.embed_tokens.weight,
        **{key: sorted(info[key]) for key in ("missing_keys", "unexpected_keys", "mismatched_keys")},
    }


if __name__ == "__main__":
    print(json.dumps([compare(**folder) for folder in json.load(sys.stdin)]))
