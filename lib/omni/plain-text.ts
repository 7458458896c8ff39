/** Tokenizer and chat template of models that bring none: bytes and whole words, one turn, no roles. */
import { buildTokenizer, ChatTemplate, type Tokenizer } from '../text/index.js';

/** The first one ends a completion. */
const control = [
  '<|im_end|>',
  '<|im_start|>',
  '<|vision_bos|>',
  '<|vision_eos|>',
  '<|audio_bos|>',
  '<|audio_eos|>',
  '<|VIDEO|>',
  '<|AUDIO|>',
];

/** The layout of a completion (targetCompletion), one token a tag. */
const tags = ['time', 'caption', 'thinking', 'answer'].flatMap((name) => [`<${name}>`, `</${name}>`]);

/**
 * Media, question, end: one turn needs no roles, and every token without information costs training time. The two
 * tracks of a clip share one time axis and hence one placeholder.
 */
const source = `{% for message in messages %}<|im_start|>\
{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}\
{% if part.type == 'clip' %}<|vision_bos|><|audio_bos|><|VIDEO|><|audio_eos|><|vision_eos|>\
{% elif part.type == 'video' %}<|vision_bos|><|VIDEO|><|vision_eos|>\
{% elif part.type == 'audio' %}<|audio_bos|><|AUDIO|><|audio_eos|>\
{% else %}{{ part.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>{% endfor %}`;

/** Bytes, the control tokens, the tags of completions, `marks`, and the words of `texts`. */
export function plainTokenizer(texts: Iterable<string> = [], marks: readonly string[] = []): Tokenizer {
  return buildTokenizer(texts, { control, tags: [...tags, ...marks] });
}

export function plainTemplate(): ChatTemplate {
  return new ChatTemplate(source);
}
