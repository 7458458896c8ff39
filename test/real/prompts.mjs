// What the model is asked. Greedy decoding goes on for `newTokens`, also after a stop id.

export const newTokens = 64;

export const chats = [
  [{ role: 'user', content: 'What is the capital of France?' }],
  [
    { role: 'system', content: 'Answer in one short sentence.' },
    { role: 'user', content: 'Why does the moon have phases?' },
  ],
  [
    { role: 'user', content: 'Name three birds.' },
    { role: 'assistant', content: 'Robin, heron and owl.' },
    { role: 'user', content: 'And three fish?' },
  ],
  [{ role: 'user', content: 'Write a Python function that reverses a list.' }],
  [{ role: 'user', content: 'Übersetze "good morning" ins Deutsche und ins Französische. 早上好?' }],
];

/** Some 500 tokens. */
export const longText = Array.from(
  { length: 24 },
  (_, i) =>
    `Line ${i + 1}: the ferry left the harbour at ${i + 6}:05, and ${3 * i + 2} people were on board.`,
).join('\n');
