// Streams completions over HTTP as server-sent events, and ends a completion when its client goes away:
//
//   node examples/server.mjs [folder of a model]
//   curl -N http://127.0.0.1:8000 -d '{ "question": "What is a bell?", "maxNewTokens": 64 }'
//
// The sampler lets other requests in after every token. It answers on loopback alone: put what asks for a password before it.
import { createServer } from 'node:http';
import { OmniModel } from 'earsight';
import { tinyModel } from './tiny-model.mjs';

const [folder] = process.argv.slice(2);
const model = folder === undefined ? tinyModel() : await OmniModel.fromPretrained(folder);

const server = createServer(async (request, response) => {
  try {
    const { question, ...options } = await bodyOf(request);
    const finishReason = await answer(response, { question }, options);
    console.log(`${JSON.stringify(question)}: ${finishReason}`);
  } catch (error) {
    if (!response.headersSent) response.writeHead(400);
    response.end(String(error.message));
  }
});
server.listen(Number(process.env.PORT ?? 8000), '127.0.0.1', () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}`),
);

async function bodyOf(request) {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return JSON.parse(text);
}

/** Sends the pieces of a completion as they come; returns why it ended. */
async function answer(response, prompt, options) {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  let finishReason;
  for await (const { text, completion } of model.stream(prompt, { ...options, signal: gone.signal })) {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ text, finishReason: completion?.finishReason })}\n\n`);
    finishReason = completion?.finishReason;
  }
  response.end();
  return finishReason;
}
