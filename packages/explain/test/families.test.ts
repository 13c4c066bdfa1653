import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeExported, explain, exportExplanation, prepareModel, type Model } from '@kirchhoff/explain';
import { decodeOnnx } from '@kirchhoff/onnx';
import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { findComposite } from '@kirchhoff/rule';
import { openBare, type Backend } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../onnx/test/exporter.js';
import { attention } from './families/attention.js';
import { classic, type Network } from './families/classic.js';
import { mobile } from './families/mobile.js';
import { recurrent } from './families/recurrent.js';
import { sounds } from './families/sounds.js';
import { texts } from './families/texts.js';
import { windowed } from './families/windowed.js';
import { book, right } from './support.js';

const [samples, steps] = [2, 4];

/** A network as a researcher brings it: bytes of an ONNX file. */
const imported = (name: string, network: Network): Model => {
  const { graph, store } = right(decodeOnnx(network(), { place: `${name}.onnx` }));
  return right(prepareModel(name, graph, store));
};

const dataFor = ({ typed }: Model): Readonly<Record<string, Tensor>> => {
  const next = seeded(99);
  return Object.fromEntries(
    typed.graph.inputs.map(({ name, type, shape: dims }) => {
      const shape = dims.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? samples : steps));
      const count = shape.reduce((product, dim) => product * dim, 1);
      // A mask keeps all but the last place.
      if (name.endsWith('mask'))
        return [
          name,
          tensor(
            type,
            shape,
            Array.from({ length: count }, (_, i) => Number(i % steps < steps - 1)),
          ),
        ];
      const draw = type === 'float32' && shape.length > 2 ? next : () => Math.floor(3.5 * (next() + 1));
      return [name, tensor(type, shape, Array.from({ length: count }, draw))];
    }),
  );
};

/** How far a ledger may be open: what rounding in each backend's precision explains. */
const closes: { readonly [B in Backend['name']]: number } = { reference: 1e-9, ort: 1e-4 };

const explained = async (model: Model, composite: string, backend: Backend['name']): Promise<void> => {
  const { relevance, report } = right(
    await explain(model, right(findComposite(book, composite)), book, dataFor(model), { backend }),
  );
  for (const { data } of Object.values(relevance)) {
    const map = toNumbers(data);
    expect(map.every(Number.isFinite)).toBe(true);
  }
  const [main] = Object.values(relevance);
  expect(toNumbers(main!.data).some((value) => value !== 0)).toBe(true);
  const [input] = model.typed.graph.inputs;
  expect(report.samples).toHaveLength(typeof input!.shape[0] === 'number' ? 1 : samples);
  for (const { ledger } of report.samples) {
    expect(ledger!.closure).toBeLessThanOrEqual(closes[backend]);
    for (const { in: received, undeclared } of ledger!.nodes)
      expect(Math.abs(undeclared)).toBeLessThanOrEqual(closes[backend] * Math.max(Math.abs(received), 1));
  }
};

const families = { ...classic, ...mobile, ...attention, ...recurrent, ...windowed, ...texts, ...sounds };

test('docs/import.md names every one of them', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/import.md', import.meta.url)), 'utf8');
  const named = page.slice(page.indexOf('## Architectures'));
  const plain = (name: string): string => name.replace(/ of (opset \d+|PyTorch 2)$/, '');
  expect(Object.keys(families).filter((name) => !named.includes(`\`${plain(name)}\``))).toEqual([]);
});

describe.each(Object.entries(families))('%s', (name, network) => {
  test('its ledger closes under both composites', async () => {
    const model = imported(name, network);
    await explained(model, 'epsilon-plus-flat', 'reference');
    await explained(model, 'epsilon-alpha2-beta1', 'reference');
    await explained(model, 'epsilon-plus-flat', 'ort');
    // The deep ones would only take long: their graphs are made of the same pieces.
    if (model.typed.graph.nodes.length < 60) await explained(model, 'epsilon-alpha2-beta1', 'ort');
  });
});

describe.each(['resnet', 'mobilenet-v3 of opset 12', 'vit of opset 14', 'bidirectional lstm of PyTorch'])(
  '%s, exported',
  (name) => {
    const networks: Readonly<Record<string, Network>> = { ...classic, ...mobile, ...attention, ...recurrent };
    const model = imported(name, networks[name]!);
    const data = dataFor(model);

    test.each([21, 17])('as opset %i, gives in a bare session what we give', async (opset) => {
      const composite = right(findComposite(book, 'epsilon-plus-flat'));
      const bytes = right(encodeExported(right(exportExplanation(model, composite, book, { opset, ledger: true }))));
      const bare = await openBare(bytes, { threads: 1 });
      const found = await bare.run(data).finally(bare.close);
      const ours = right(await explain(model, composite, book, data, { compile: { threads: 1 } }));
      const [[input, wanted]] = Object.entries(ours.relevance) as [[string, Tensor]];
      const given = found[`relevance.${input}`]!.data;
      if (opset === 21) expect(given).toEqual(wanted.data);
      // For an older opset onnxruntime has other kernels, which differ in the last bits.
      const scale = Math.max(...toNumbers(wanted.data).map(Math.abs));
      const apart = toNumbers(given).map((value, i) => Math.abs(value - Number(wanted.data[i])) / scale);
      expect(Math.max(...apart)).toBeLessThan(1e-4);
    });
  },
);
