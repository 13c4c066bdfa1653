import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeModelDocument } from '@kirchhoff/explain';
import {
  decodeGraph,
  described,
  elementTypes,
  jsonSchemaOf,
  opNames,
  operators,
  parseJson,
  type AttributeSpec,
  type OpName,
} from '@kirchhoff/graph';
import { graphSays, type Problem } from '@kirchhoff/message';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { describe, expect, it } from 'vitest';
import { schemaPath, schemas, type DocumentKind } from '../src/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const jsonIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map(({ name }) => `${folder}/${name}`);

const made = schemas();
const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictTuples: false });
const validatorOf = (kind: DocumentKind) => ajv.compile(E.isRight(made) ? made.right[kind] : false);
const validators = {
  graph: validatorOf('graph'),
  rule: validatorOf('rule'),
  composite: validatorOf('composite'),
  model: validatorOf('model'),
};

const errorsOf = (kind: DocumentKind, json: unknown): readonly ErrorObject[] => {
  const valid = validators[kind](json);
  return valid ? [] : (validators[kind].errors ?? []);
};

/** The JSON Pointers at which a schema sees something wrong: a missing key at both its places, an empty name at what bears it, too. */
const placesOf = (errors: readonly ErrorObject[]): ReadonlySet<string> =>
  new Set(
    errors.flatMap(({ instancePath, keyword, params }) => {
      const missing: unknown = params['missingProperty'];
      if (keyword === 'minLength') return [instancePath, instancePath.replace(/\/name$/, '')];
      return typeof missing === 'string' ? [instancePath, `${instancePath}/${missing}`] : [instancePath];
    }),
  );

/** `/nodes/3/op` of `/nodes/3/op: unknown operator …`, and of `/nodes/3 (conv1): …`; `''` where no pointer is given. */
const placeIn = (line: string): string => /^(\/[^\s:]*)?/.exec(line)?.[0] ?? '';

/** What the decoders tell of a document and its schema does not. */
const unseen = (path: string, kind: DocumentKind): readonly string[] => {
  const places = placesOf(errorsOf(kind, JSON.parse(read(path))));
  const told = read(path.replace(/\.json$/, '.txt'));
  return told
    .trimEnd()
    .split('\n')
    .filter((line) => !places.has(placeIn(line)));
};

const kindOf = (path: string): DocumentKind => ('composite' in JSON.parse(read(path)) ? 'composite' : 'rule');

const known = (classes: Readonly<Record<string, RegExp>>, line: string): boolean =>
  Object.values(classes).some((pattern) => pattern.test(line));

describe('schemas', () => {
  it('are made of codecs that all have one', () => {
    expect(E.isLeft(made) ? made.left : []).toEqual([]);
  });

  it.each(['graph', 'rule', 'composite', 'model'] as const)('%s: is a schema of draft 2020-12', (kind) => {
    expect(ajv.validateSchema(JSON.parse(read(schemaPath(kind))))).toBe(true);
  });
});

describe('what is shipped', () => {
  const models = readdirSync(join(root, 'models'));
  const shipped: readonly (readonly [string, DocumentKind])[] = [
    ...jsonIn('rules').map((path) => [path, 'rule'] as const),
    ...jsonIn('rules/composites').map((path) => [path, 'composite'] as const),
    ...models.map((model) => [`models/${model}/graph.json`, 'graph'] as const),
    ...models.map((model) => [`models/${model}/model.json`, 'model'] as const),
  ];

  it.each(shipped)('%s is a %s document', (path, kind) => {
    expect(errorsOf(kind, JSON.parse(read(path)))).toEqual([]);
  });

  it('may name its schema', () => {
    for (const [path, kind] of shipped) {
      const json: object = { $schema: `../../${schemaPath(kind)}`, ...(JSON.parse(read(path)) as object) };
      expect(errorsOf(kind, json), path).toEqual([]);
    }
  });

  it('are all documents of the pages', () => {
    const blocks = ['graph', 'rules', 'composites', 'editor'].flatMap((page) =>
      [...read(`docs/${page}.md`).matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => text),
    );
    const documents = blocks.flatMap((text) => {
      const json = JSON.parse(text) as object;
      const kind = 'format' in json ? 'graph' : 'composite' in json ? 'composite' : 'rule' in json ? 'rule' : undefined;
      return kind === undefined ? [] : [[kind, json] as const];
    });
    expect(documents.length).toBeGreaterThan(8);
    for (const [kind, json] of documents) expect(errorsOf(kind, json), JSON.stringify(json)).toEqual([]);
  });
});

describe('what is wrong with a graph', () => {
  /** Texts that are no JSON, or that say a key twice, never reach a schema. */
  const noJson = ['malformed.json', 'repeated-key.json'];
  /** What a schema cannot know. */
  const beyond: Readonly<Record<string, RegExp>> = {
    'a name that nothing bears': /: no input, node or tensor is called "/,
    'a name that two bear': /: the name ".*" is already taken by /,
    'a circle of nodes': /: nodes depend on one another in a circle: /,
    'shapes and types that clash': /^\/nodes\S* \(.*\): /,
    'an expression of dimensions': /: ".*" is no dimension; /,
    'how many elements a shape has': /: shape \[.*\] needs \d+ elements, /,
    'low above high': /: low .* is above high /,
    'how many channels there are': /: \d+ bounds for \d+ channels; /,
    'what an operator’s attributes may be': /\/attrs\/\w+: must be /,
    'how large a value and a size may be': /: (?:a value of .* at most|a size needs more than) /,
    'roles and how many inputs there are': /\/roles\S*: (?:the node has \d+ inputs|input \d+ cannot be both)/,
  };
  /** Nested deeper than a validator of schemas can follow. */
  const tooDeep = ['scan-nested-60.json'];
  const documents = jsonIn('specs/invalid/graphs').filter(
    (path) => ![...noJson, ...tooDeep].some((name) => path.endsWith(`/${name}`)),
  );

  it('is seen by the parser alone where it is no JSON', () => {
    for (const name of noJson) expect(E.isLeft(parseJson(read(`specs/invalid/graphs/${name}`))), name).toBe(true);
  });

  it.each(documents)('%s: the schema sees all that it can know', (path) => {
    expect(unseen(path, 'graph').filter((line) => !known(beyond, line))).toEqual([]);
  });

  it.each(Object.keys(beyond))('%s is for the decoder', (name) => {
    const lines = documents.flatMap((path) => unseen(path, 'graph'));
    expect(lines.some((line) => beyond[name]?.test(line))).toBe(true);
  });

  it.each(['unknown-key', 'unknown-key-inside', 'unknown-operator', 'wrong-attribute', 'wrong-arity', 'no-format'])(
    '%s is seen whole',
    (name) => {
      expect(unseen(`specs/invalid/graphs/${name}.json`, 'graph')).toEqual([]);
    },
  );
});

describe('what is wrong with a rule or a composite', () => {
  const beyond: Readonly<Record<string, RegExp>> = {
    'what is inside a formula': / column \d+: | cannot read the formula: /,
    'whether a default is within its bounds': /: parameter .* is out of bounds; /,
    'a name of the document that is taken':
      /: ".*" is a (?:parameter of the rule|symbol or function of the rule language)/,
    'of what kind operators are': /: .* are nodes of several kinds /,
    'what of a leak belongs to one source': /: a leak belongs to the output, but /,
  };
  const documents = jsonIn('specs/invalid/rules');

  it.each(documents)('%s: the schema sees all that it can know', (path) => {
    expect(unseen(path, kindOf(path)).filter((line) => !known(beyond, line))).toEqual([]);
  });

  it.each(Object.keys(beyond))('%s is for the decoder', (name) => {
    const lines = documents.flatMap((path) => unseen(path, kindOf(path)));
    expect(lines.some((line) => beyond[name]?.test(line))).toBe(true);
  });
});

describe('what is wrong with a model', () => {
  const image = { channels: 'grey', size: [28, 28] };
  const text = { tokenizer: 'words', vocabulary: 'v.json', unknown: 0, maximum: 9 };
  const model = (x: object): object => ({ format: 'kirchhoff-model/1', name: 'm', graph: 'g.json', inputs: { x } });

  it.each([
    ['/inputs/x', { image, text }],
    ['/inputs/x', {}],
    ['/inputs/x/image/mean', { image: { ...image, mean: [0, 0, 0] } }],
    ['/inputs/x/image/std/0', { image: { ...image, std: [0] } }],
    ['/inputs/x/image/size/1', { image: { ...image, size: [28, 0] } }],
    ['/inputs/x/text/form', { text: { ...text, form: 'form' } }],
    ['/inputs/x/text/lowercase', { text: { ...text, tokenizer: 'garu-ko', lowercase: true } }],
    ['/inputs/x/text/maximum', { text: { ...text, maximum: 0 } }],
  ])('is seen at %s', (place, input) => {
    expect(placesOf(errorsOf('model', model(input)))).toContain(place);
    expect(E.isLeft(decodeModelDocument(model(input)))).toBe(true);
  });

  it.each([{ image }, { text }])('is nothing where there is nothing', (input) => {
    expect(errorsOf('model', model(input))).toEqual([]);
  });
});

describe('each operator', () => {
  const samples: { readonly [T in AttributeSpec['type']]: unknown } = {
    int: 1,
    float: 'Infinity',
    string: 'a',
    ints: [1],
    floats: [0.5, 'NaN'],
    strings: ['a'],
    tensor: { type: 'int8', shape: [1], data: [-128] },
    graph: { inputs: [], nodes: [], outputs: ['x'] },
  };
  const graphOf = (op: OpName, attrs: object): object => ({
    format: 'kirchhoff-graph/1',
    name: 'g',
    inputs: [],
    nodes: [{ name: 'y', op, inputs: operators[op].inputs.map(() => 'x'), attrs }],
    outputs: ['y'],
  });
  const specsOf = (op: OpName): readonly (readonly [string, AttributeSpec])[] => Object.entries(operators[op].attrs);

  it('takes its defaults, and a value of its type for each attribute that has none', () => {
    for (const op of opNames) {
      const attrs = specsOf(op).map(([key, { type, default: value }]) => [key, value ?? samples[type]] as const);
      expect(errorsOf('graph', graphOf(op, Object.fromEntries(attrs))), op).toEqual([]);
    }
  });

  it('refuses attributes that it does not have, and values of another type', () => {
    for (const op of opNames) {
      const wrong = Object.fromEntries(specsOf(op).map(([key]) => [key, true]));
      const places = placesOf(errorsOf('graph', graphOf(op, { ...wrong, 'no such': 1 })));
      expect(places, op).toContain('/nodes/0/attrs');
      for (const key of Object.keys(wrong)) expect(places, op).toContain(`/nodes/0/attrs/${key}`);
    }
  });

  it('needs what has no default', () => {
    for (const op of opNames) {
      const places = placesOf(errorsOf('graph', graphOf(op, {})));
      for (const [key, { default: value, optional }] of specsOf(op)) {
        const needed = value === undefined && optional === undefined;
        expect(places.has(`/nodes/0/attrs/${key}`), `${op} ${key}`).toBe(needed);
      }
    }
  });

  it('is offered by name, with its summary', () => {
    const { $defs } = JSON.parse(read(schemaPath('graph'))) as { readonly $defs: { readonly operator: unknown } };
    expect($defs.operator).toEqual({
      anyOf: opNames.map((op) => ({ const: op, description: operators[op].summary })),
    });
  });
});

describe('elements of inline tensors', () => {
  const values = [0, 1, 2, -1, 0.5, 127, 128, 255, 256, -128, 2 ** 31, 2 ** 53, 1e39, -1e39, 3.4028235677973362e38];
  const further = [3.4028235677973366e38, -(2 ** 31), 2 ** 31 - 1, 2 ** 53 - 1, 'NaN', '-Infinity', 'infinity', true];

  it.each(elementTypes)('%s: the schema takes what the decoder takes', (type) => {
    for (const value of [...values, ...further]) {
      const graph = {
        format: 'kirchhoff-graph/1',
        name: 'g',
        inputs: [],
        nodes: [],
        outputs: ['w'],
        tensors: { w: { type, shape: [1], data: [value] } },
      };
      expect(errorsOf('graph', graph).length === 0, String(value)).toBe(E.isRight(decodeGraph(graph)));
    }
  });
});

describe('a codec without a schema', () => {
  const told = (codec: t.Mixed): readonly Problem[] => {
    const problems: Problem[] = [];
    jsonSchemaOf(codec, '', problems);
    return problems;
  };

  it('is named', () => {
    const even = described('an even number', (value): value is number => typeof value === 'number');
    expect(told(t.type({ n: even }))).toEqual([{ at: '/n', message: graphSays.noSchema('an even number') }]);
    expect(told(t.type({ n: t.unknown }))).toEqual([{ at: '/n', message: graphSays.noSchema('unknown') }]);
  });

  it('may be said where it stands, and only there', () => {
    const problems: Problem[] = [];
    const fields = { n: { type: 'string' }, m: {} };
    expect(jsonSchemaOf(t.type({ n: t.unknown }), '/a', problems, fields)).toEqual({
      type: 'object',
      required: ['n'],
      properties: { n: { type: 'string' } },
      additionalProperties: false,
    });
    expect(problems).toEqual([{ at: '/a', message: graphSays.noSuchField('m', ['n']) }]);
  });
});
