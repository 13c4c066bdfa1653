import { aboutOf, parseTargets, readNpy } from '@kirchhoff/explain';
import { readBytes } from '@kirchhoff/explain/node';
import type { Tensor } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import type { Target } from '@kirchhoff/relevance';
import * as E from 'fp-ts/lib/Either.js';
import type { Asked } from '@kirchhoff/explain/node';

type Parsed<A> = Result<A>;

const readWeights = (file: string): Parsed<Tensor> =>
  E.chain((bytes: Uint8Array) => readNpy(bytes, file))(readBytes(file));

/** `--target` for a model; what is wrong with the model itself is told elsewhere. */
export const readTargets = (text: string, asked: Result<Asked>): Parsed<readonly Target[]> =>
  E.isLeft(asked) ? E.right([{ kind: 'argmax' }]) : parseTargets(text, aboutOf(asked.right.model), readWeights);
