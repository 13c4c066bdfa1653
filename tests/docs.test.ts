import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeModelDocument, modelFormat } from '@kirchhoff/explain';
import { ruleFunctions } from '@kirchhoff/formula';
import { decodeGraph, infer, isInline, isOpName, opNames, parseJson, printGraph, type Graph } from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import {
  decodeComposite,
  decodeRule,
  entriesOf,
  findRule,
  makeRulebook,
  ruleKinds,
  scopeOf,
  type Rulebook,
  type RuleKind,
} from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { filesBelow, root, type File } from './repository.js';
import { blocksOf, codeIn, headingsOf, linksOf, rowsOf } from './markdown.js';

const documents: readonly File[] = [
  ...filesBelow('.', '.md').filter(({ path }) => !path.includes('/')),
  ...['docs', 'packages', 'models'].flatMap((folder) => filesBelow(folder, '.md')),
];

const page = (path: string): File => {
  const found = documents.find((one) => one.path === path);
  if (found === undefined) throw new Error(`${path} is missing`);
  return found;
};

const read = (json: unknown): E.Either<readonly Problem[], unknown> => {
  if (typeof json !== 'object' || json === null) return decodeGraph(json);
  if ('format' in json && json.format === modelFormat) return decodeModelDocument(json);
  if ('rule' in json) return decodeRule(json);
  return 'composite' in json ? decodeComposite(json) : decodeGraph(json);
};

const examples = documents.flatMap((document) =>
  blocksOf(document, 'json').map((text, i) => [`${document.path}, example ${i + 1}`, text] as const),
);

describe('links', () => {
  it.each(documents.map((document) => [document.path, document] as const))('of %s lead somewhere', (path, document) => {
    const broken = linksOf(document)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : join(dirname(path), file);
        if (!existsSync(join(root, target))) return true;
        if (anchor === undefined) return false;
        return statSync(join(root, target)).isDirectory() || !headingsOf(page(target)).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});

describe('examples', () => {
  it.each(examples)('%s is a document that decodes', (_, text) => {
    const json = parseJson(text);
    const decoded = E.isLeft(json) ? json : read(json.right);
    expect(E.isLeft(decoded) ? printProblems(decoded.left) : '').toBe('');
  });

  it.each(['graph', 'rules', 'composites'])('are in docs/%s.md', (name) => {
    expect(blocksOf(page(`docs/${name}.md`), 'json').length).toBeGreaterThan(1);
  });

  it('that bear the name of a document in rules/ say the same', () => {
    const stored = new Map(filesBelow('rules', '.json').map(({ path, text }) => [path, JSON.parse(text) as unknown]));
    // Tutorials show documents on their way to what they become.
    const settled = examples.filter(([name]) => !name.startsWith('docs/tutorials/'));
    const differing = settled.filter(([, text]) => {
      const json = JSON.parse(text) as { readonly rule?: string; readonly composite?: string };
      const file = json.composite === undefined ? `rules/${json.rule}.json` : `rules/composites/${json.composite}.json`;
      return stored.has(file) && JSON.stringify(json) !== JSON.stringify(stored.get(file));
    });
    expect(differing.map(([name]) => name)).toEqual([]);
  });
});

describe('docs/graph.md', () => {
  const text = page('docs/graph.md');
  const graphs = blocksOf(text, 'json').flatMap((block): readonly Graph[] => {
    const decoded = decodeGraph(JSON.parse(block));
    return E.isRight(decoded) && Object.values(decoded.right.tensors).every(isInline) ? [decoded.right] : [];
  });

  it('has graphs whose shapes fit', () => {
    const problems = graphs.map((graph) => {
      const inferred = infer(graph, new Map());
      return E.isLeft(inferred) ? printProblems(inferred.left) : '';
    });
    expect(problems).toEqual(['', '']);
  });

  it('shows the first as it is printed', () => {
    const inferred = graphs[0] && infer(graphs[0], new Map());
    const printed = inferred && E.isRight(inferred) ? printGraph(inferred.right.graph, inferred.right) : '';
    expect(blocksOf(text, 'text')).toContain(`${printed}\n`);
  });
});

describe('docs/rules.md', () => {
  const rules = page('docs/rules.md');
  const kinds = rowsOf(rules, 'Kinds of node');

  it('names every operator in the table of kinds, and no others', () => {
    const named = new Set(
      kinds.flatMap(([, operators = '']) => codeIn(operators)).filter((word) => /^[A-Z]/.test(word)),
    );
    expect([...named].filter((name) => !isOpName(name))).toEqual([]);
    expect(opNames.filter((name) => !named.has(name))).toEqual([]);
  });

  it.each(ruleKinds)('gives the symbols of %s', (kind: RuleKind) => {
    const row = kinds.find(([first = '']) => codeIn(first)[0] === kind);
    expect(codeIn(row?.[2] ?? '').toSorted()).toEqual(scopeOf(kind).symbols.toSorted());
  });

  it('names every function', () => {
    const named = rowsOf(rules, 'The formula language').flatMap(([first = '']) => codeIn(first));
    const functions = named.map((code) => code.replace(/\(.*/, '')).filter((word) => /^[a-z]+$/.test(word));
    expect(functions.toSorted()).toEqual(ruleFunctions.toSorted());
  });
});

describe('docs/composites.md', () => {
  const stored = filesBelow('rules', '.json').map(({ path, text }) => ({
    place: path,
    json: JSON.parse(text) as unknown,
  }));
  const isComposite = ({ place }: { readonly place: string }): boolean => place.startsWith('rules/composites/');
  const book = makeRulebook(
    stored.filter((one) => !isComposite(one)),
    stored.filter(isComposite),
  );

  /** Everything that a composite names and the rulebook does not have, in words. */
  const missing = (rulebook: Rulebook, text: string): string => {
    const composite = decodeComposite(JSON.parse(text));
    const entries = E.isLeft(composite) ? composite : entriesOf(rulebook, composite.right);
    if (E.isLeft(entries)) return printProblems(entries.left);
    const found = entries.right.map(({ rule }) => findRule(rulebook, rule));
    return printProblems(found.flatMap((one) => (E.isLeft(one) ? one.left : [])));
  };

  it('shows composites whose rules and includes are there', () => {
    const texts = blocksOf(page('docs/composites.md'), 'json');
    expect(E.isRight(book) ? texts.map((text) => missing(book.right, text)) : book.left).toEqual(texts.map(() => ''));
  });

  it('names composites that are there', () => {
    const named = rowsOf(page('docs/composites.md'), 'In this repository').flatMap(([first = '']) => codeIn(first));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !existsSync(join(root, `rules/composites/${name}.json`)))).toEqual([]);
  });
});
