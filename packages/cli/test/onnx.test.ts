import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportExplanation, readNpy, type Model } from '@kirchhoff/explain';
import { loadModel, openRulebook } from '@kirchhoff/explain/node';
import { findComposite } from '@kirchhoff/rule';
import { toNumbers, type Tensor } from '@kirchhoff/graph';
import { backends, openBare } from '@kirchhoff/runtime';
import { printProblems, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDesk, root, type Desk } from './terminal.js';

const golden = 'specs/golden/cnn-small';

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => {
  desk.clear();
});

const right = <A>(result: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return result.right;
};

const array = (path: string): Tensor => right(readNpy(readFileSync(path), path));

/** Runs a command; it must succeed and say nothing on stderr. */
const run = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await desk.run(...args);
  expect(err).toBe('');
  expect(code).toBe(0);
  return out;
};

describe('import', () => {
  test('writes a model folder that explains as the ONNX file does', async () => {
    const said = await run('import', `${golden}/model.onnx`, '--out', 'DIR/model', '--name', 'cnn');
    expect(said).toContain('12 nodes, 1517 numbers in tensors');
    expect(said).toContain('input input: float32[N, 3, 16, 16]');
    expect(said).toContain('the graph is canonical: no rewrite finds anything to change');
    expect(readdirSync(join(desk.folder, 'model')).sort()).toEqual(['graph.json', 'model.json', 'weights.safetensors']);
    const input = ['--input', `${golden}/input.npy`, '--composite', 'epsilon-plus-flat'];
    await run('explain', 'DIR/model', ...input, '--out', 'DIR/folder');
    await run('explain', `${golden}/model.onnx`, ...input, '--out', 'DIR/file');
    const [folder, file] = ['folder', 'file'].map((name) => array(join(desk.folder, name, 'relevance.npy')));
    expect(folder!.data).toEqual(file!.data);
  });

  test('writes labels, bounds and how a picture becomes the input', async () => {
    desk.clear();
    desk = openDesk({ 'labels.txt': 'cat\ndog\n\n' });
    const flags = ['--image', 'rgb', '--scale', '0.00392156862745098', '--mean', '0.5,0.5,0.5', '--std', '1,1,2'];
    await run(
      'import',
      `${golden}/model.onnx`,
      '--out',
      'DIR/model',
      '--labels',
      'DIR/labels.txt',
      ...flags,
      '--range',
      '-0.5,0.5',
      '--composite',
      'epsilon-gamma-box',
      '--summary',
      'small',
    );
    const json = (file: string): unknown => JSON.parse(readFileSync(join(desk.folder, 'model', file), 'utf8'));
    expect(json('model.json')).toEqual({
      format: 'kirchhoff-model/1',
      name: 'model',
      summary: 'small',
      graph: 'graph.json',
      labels: ['cat', 'dog'],
      composite: 'epsilon-gamma-box',
      inputs: {
        input: {
          image: { channels: 'rgb', size: [16, 16], scale: 0.00392156862745098, mean: [0.5, 0.5, 0.5], std: [1, 1, 2] },
        },
      },
    });
    expect(json('graph.json')).toMatchObject({ inputs: [{ name: 'input', range: [-0.5, 0.5] }] });
  });
});

describe('export', () => {
  const inputs = { input: array(join(root, golden, 'input.npy')) };
  const labels: Tensor = { type: 'int64', shape: [4], data: BigInt64Array.of(3n, 0n, 1n, 2n) };

  const model = async (): Promise<Model> => right(await loadModel(join(root, golden, 'model.onnx')));

  /** What our own session on onnxruntime gives, under the options of the bare one. */
  const ours = async (
    options: Parameters<typeof exportExplanation>[3],
    given: Readonly<Record<string, Tensor>>,
  ): Promise<Readonly<Record<string, Tensor>>> => {
    const book = right(openRulebook());
    const composite = right(findComposite(book, 'epsilon-plus-flat'));
    const { explanation, store } = right(exportExplanation(await model(), composite, book, options));
    const session = await backends.ort.compile(explanation.graph, store, { threads: 1 });
    return session.run(given).finally(session.close);
  };

  test.each([
    { opset: '21', target: 'argmax', flags: [] },
    { opset: '17', target: 'argmax', flags: ['--ledger'] },
    { opset: '17', target: '1', flags: ['--external'] },
    { opset: '21', target: 'input', flags: ['--ledger', '--external'] },
  ])('opset $opset, target $target, $flags: a bare session gives our numbers', async (one) => {
    const { opset, target, flags } = one;
    const asked = ['--composite', 'epsilon-plus-flat', '--opset', opset, '--target', target, ...flags];
    await run('export', `${golden}/model.onnx`, ...asked, '--out', 'DIR/explain.onnx');
    const external = flags.includes('--external');
    expect(readdirSync(desk.folder).sort()).toEqual(
      external ? ['explain.onnx', 'explain.onnx.data'] : ['explain.onnx'],
    );
    const given = target === 'input' ? { ...inputs, target: labels } : inputs;
    const bare = await openBare(readFileSync(join(desk.folder, 'explain.onnx')), {
      threads: 1,
      ...(external && { folder: desk.folder }),
    });
    const found = await bare.run(given).finally(bare.close);
    const kinds = { argmax: { kind: 'argmax' }, input: { kind: 'input' }, '1': { kind: 'index', index: 1 } } as const;
    const wanted = await ours(
      { target: kinds[target as keyof typeof kinds], ledger: flags.includes('--ledger') },
      given,
    );
    expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, { shape, data }] of Object.entries(wanted)) {
      expect(found[name]!.shape).toEqual(shape);
      // Ours run as opset 21; for an older one onnxruntime has other kernels, which differ in the last bits.
      if (opset === '21') expect(found[name]!.data).toEqual(data);
      const own = toNumbers(data);
      const theirs = toNumbers(found[name]!.data);
      const scale = own.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
      const apart = own.map((value, i) => Math.abs(value - theirs[i]!) / scale);
      expect(Math.max(...apart)).toBeLessThan(1e-5);
    }
  });

  test('a target that is an input explains each sample as its own target does', async () => {
    const chosen = await ours({ target: { kind: 'input' } }, { ...inputs, target: labels });
    const third = await ours({ target: { kind: 'index', index: 1 } }, inputs);
    const size = chosen['relevance.input']!.data.length / 4;
    const of = (outputs: Readonly<Record<string, Tensor>>): readonly number[] =>
      Array.from(outputs['relevance.input']!.data.slice(2 * size, 3 * size), Number);
    expect(of(chosen)).toEqual(of(third));
    expect(of(chosen).some((value) => value !== 0)).toBe(true);
  });

  test('says in the file what its inputs and outputs are', async () => {
    await run('export', `${golden}/model.onnx`, '--target', 'input', '--out', 'DIR/explain.onnx');
    const text = readFileSync(join(desk.folder, 'explain.onnx'), 'latin1');
    for (const said of [
      'The relevance of "input", in its shape.',
      'The index of the output to explain, one for each sample',
      'kirchhoff-explanation-graph/1',
    ])
      expect(text).toContain(said);
  });
});

describe('--without-rewrite', () => {
  const bilstm = 'specs/golden/bilstm-small/model.onnx';

  test('leaves a rewrite out', async () => {
    expect(await run('inspect', bilstm, '--rewrites')).toContain('write-out-gates');
    const said = await run('inspect', bilstm, '--rewrites', '--without-rewrite', 'write-out-gates');
    expect(said).not.toContain('write-out-gates:');
  });

  test('is kept where a model is imported', async () => {
    expect(await run('import', bilstm, '--out', 'DIR/whole')).toMatch(
      /^[1-9]\d* changes by rewrites keep every value: outputs for random data differ by /m,
    );
    await run('import', bilstm, '--out', 'DIR/model', '--without-rewrite', 'write-out-gates');
    const document = JSON.parse(readFileSync(join(desk.folder, 'model/model.json'), 'utf8')) as object;
    expect(document).toMatchObject({ withoutRewrites: ['write-out-gates'] });
    expect(await run('inspect', bilstm, '--rewrites')).toContain('write-out-gates:');
    expect(await run('inspect', 'DIR/model', '--rewrites')).not.toContain('write-out-gates:');
  });

  test('refuses names that no rewrite bears', async () => {
    const { code, err } = await desk.run('inspect', bilstm, '--without-rewrite', 'fold-scales');
    expect(code).toBe(1);
    expect(err).toMatch(
      /^--without-rewrite: no rewrite is called "fold-scales" \(did you mean "fold-scale"\?\); there are: /,
    );
  });
});

describe('conformance', () => {
  test('counts by operator what passes, is unsupported, and onnxruntime disputes', async () => {
    const said = await run('conformance', 'specs/conformance', '--reasons');
    expect(said).toMatch(/^all cases +18 +16 +1 +1 +0$/m);
    expect(said).toMatch(/^Upsample +1 +1 +0 +0 +0$/m);
    expect(said).toContain('NaN belongs to its output, which is refused here: 1: this node makes NaN');
    expect(said).toContain('disputed: test_training_dropout_default: reference: output "y" is 1.764');
  });

  test('refuses a folder without cases, and cases that are cut off', async () => {
    desk.clear();
    desk = openDesk({
      'empty/readme.txt': 'nothing here',
      'cut/model.onnx': { copy: 'specs/conformance/test_squeeze/model.onnx', bytes: 40 },
    });
    expect((await desk.run('conformance', 'DIR/empty')).err).toContain('DIR/empty: there is no test case here');
    const { code, err } = await desk.run('conformance', 'DIR/cut');
    expect(code).toBe(1);
    expect(err).toContain('DIR/cut/model.onnx: this is no ONNX model, or it is cut off');
  });
});
