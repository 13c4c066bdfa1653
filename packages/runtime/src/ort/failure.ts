import { problem, Refusal } from '@kirchhoff/message';

/**
 * What an error of onnxruntime says, without its C++ (files, functions, conditions): the node it names, as the place, and
 * the sentence that is meant for people.
 */
export const failureOf = (error: unknown, says: (detail: string) => string): Refusal => {
  const text = error instanceof Error ? error.message : String(error);
  const named =
    /node with name '([^']*)'/.exec(text) ?? /Name:'([^']*)'/.exec(text) ?? /\bNode \(([^)]*)\)/i.exec(text);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const sentence = (lines.at(0) ?? '')
    .replaceAll(/\S*\.(?:cc|h|cpp|hpp):\d+\s+(?:\w+\s+)?/g, '')
    .replaceAll(/\b[\w:~<>]+::[\w:~<>]+(?:\([^)]*\))?\s*/g, '')
    .replace(/^.*?(?:Status Message:|\[\w+Error\]|Error code - \w+ - message:)\s*/i, '')
    .replace(/^.*? was false\.\s*/, '')
    .trim();
  return new Refusal([
    problem(named?.[1] ?? '', says(sentence.length > 300 ? `${sentence.slice(0, 297)}...` : sentence)),
  ]);
};
