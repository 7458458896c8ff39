"""A GGUF file of a folder of bench/rollout (Qwen2 in bfloat16), without a tokenizer: matrices keep their bits.

python convert_to_gguf.py FOLDER FILE
"""

import json
import pathlib
import sys

import gguf
import numpy

folder, file = map(pathlib.Path, sys.argv[1:])
config = json.loads((folder / 'config.json').read_text())
layers = config['num_hidden_layers']
writer = gguf.GGUFWriter(str(file), 'qwen2')
writer.add_block_count(layers)
writer.add_context_length(config['max_position_embeddings'])
writer.add_embedding_length(config['hidden_size'])
writer.add_feed_forward_length(config['intermediate_size'])
writer.add_head_count(config['num_attention_heads'])
writer.add_head_count_kv(config['num_key_value_heads'])
writer.add_rope_freq_base(config['rope_theta'])
writer.add_layer_norm_rms_eps(config['rms_norm_eps'])
writer.add_vocab_size(config['vocab_size'])
writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
writer.add_tokenizer_model('no_vocab')

names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, layers)
with open(folder / 'model.safetensors', 'rb') as weights:
    length = int.from_bytes(weights.read(8), 'little')
    header = json.loads(weights.read(length))
    for name, entry in header.items():
        if name == '__metadata__':
            continue
        begin, end = entry['data_offsets']
        weights.seek(8 + length + begin)
        bits = numpy.frombuffer(weights.read(end - begin), numpy.uint16).reshape(entry['shape'])
        target = names.get_name(name, try_suffixes=('.weight', '.bias'))
        if bits.ndim > 1:
            writer.add_tensor(target, bits, raw_dtype=gguf.GGMLQuantizationType.BF16)
        else:  # GGUF files have vectors in float32
            writer.add_tensor(target, (bits.astype(numpy.uint32) << 16).view(numpy.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
