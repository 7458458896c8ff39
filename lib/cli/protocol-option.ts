/** How commands ask for answers. */
import { BadInputError } from '../files/index.js';
import type { Protocol, ProtocolName } from '../rewards/index.js';

/** Those of lib/rewards, which takes the addon. */
export const protocols = ['spans', 'steps', 'twoTurn', 'direct'] as const;

export interface PromptOptions {
  protocol?: ProtocolName;
  /** False: none, whatever the benchmark has. */
  instruction?: string | false;
  finalQuestion?: string;
}

/**
 * The protocol of the options, or undefined: the bare questions.
 * @param wording texts of a protocol where the options give none
 * @throws BadInputError for options that do not go together
 */
export function protocolOption(
  { protocol: name, instruction, finalQuestion }: PromptOptions,
  wording?: (name: ProtocolName) => Protocol,
): Protocol | undefined {
  if (name === undefined) {
    const given = { '--instruction': instruction || undefined, '--final-question': finalQuestion };
    for (const [option, value] of Object.entries(given))
      if (value !== undefined)
        throw new BadInputError(`${option} ${value}: is of a protocol; give --protocol, or leave it out`);
    return undefined;
  }
  if (finalQuestion !== undefined && name !== 'twoTurn')
    throw new BadInputError(
      `--final-question ${finalQuestion}: is of --protocol twoTurn, not of ${name}; leave it out`,
    );
  const own = instruction === false || wording === undefined ? { name } : wording(name);
  return {
    ...own,
    ...(typeof instruction === 'string' && { instruction }),
    ...(finalQuestion !== undefined && { finalQuestion }),
  };
}
