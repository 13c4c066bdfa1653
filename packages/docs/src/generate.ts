import { opNames } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import { findComposite, type Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { curvesOf } from './curve.js';
import { methodsPage } from './methods.js';
import { operatorsPage, pictureOf } from './operators.js';
import { curveSvg } from './picture.js';
import { checkCites, type Bibliography } from './reference.js';
import { rulesPage } from './rules.js';
import { schemaFiles } from './schema/index.js';

/** The composite whose choices `docs/operators.md` shows: one with another rule for each of first layer, convolutions and dense layers. */
const shownComposite = 'epsilon-plus-flat';

/** The folder that holds pictures of operators and nothing else. */
export const pictureFolder = 'docs/pictures/operators';

/** All generated files by their path in the repository. Problems name papers that are cited and not listed. */
export const generate = (book: Rulebook, bibliography: Bibliography): Result<ReadonlyMap<string, string>> => {
  const missing = checkCites(book, bibliography);
  const composite = findComposite(book, shownComposite);
  const rules = rulesPage(book, bibliography);
  const schemas = schemaFiles();
  if (missing.length > 0) return E.left(missing);
  if (E.isLeft(composite)) return composite;
  if (E.isLeft(rules)) return rules;
  if (E.isLeft(schemas)) return schemas;
  const pictures = opNames.flatMap((op) =>
    curvesOf(op)
      .slice(0, 1)
      .map((curve) => [`docs/${pictureOf(op)}`, curveSvg(curve)] as const),
  );
  return E.right(
    new Map([
      ['docs/operators.md', operatorsPage(composite.right, book)],
      ['docs/rules-reference.md', rules.right],
      ['docs/methods.md', methodsPage()],
      ...pictures,
      ...schemas.right,
    ]),
  );
};
