import { encodeExported, exportExplanation, type Exported } from '@kirchhoff/explain';
import { all, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { Explanation } from './explanation.js';
import { planOf, type ExportOptions, type Parts } from './model.js';
import { chooseComposite } from './rules.js';
import { readTargets } from './target.js';

/** The explanation as the bytes of an ONNX model. */
export const exported = ({ model, book }: Parts<Explanation>, asked: ExportOptions): Result<Uint8Array> => {
  const { target, seed, at, ledger, opset } = asked;
  const targets = target === 'input' ? E.right([{ kind: 'input' as const }]) : readTargets(model, target);
  const chosen = all({ composite: chooseComposite(book, asked.composite, model.document?.composite), targets });
  if (E.isLeft(chosen)) return chosen;
  const [first] = chosen.right.targets;
  return E.chain((made: Exported) => encodeExported(made))(
    exportExplanation(model, chosen.right.composite, book, {
      ...planOf(asked),
      ...(first && { target: first }),
      ...(seed && { seed }),
      ...(at && { at }),
      ...(ledger !== undefined && { ledger }),
      ...(opset !== undefined && { opset }),
    }),
  );
};
