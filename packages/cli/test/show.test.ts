import { afterAll, describe, expect, test } from 'vitest';
import { openDesk } from './terminal.js';

const own = {
  rule: 'mine',
  summary: 'Contributions over their total.',
  on: 'affine',
  message: 'ratio(x*w, total(x*w)) * R',
  leaks: { dead: '(total(x*w) == 0) * R', bias: '0' },
};
const desk = openDesk({
  'rules/mine.json': JSON.stringify(own),
  'rules/composites/ours.json': JSON.stringify({
    composite: 'ours',
    summary: 'mine everywhere.',
    rules: [{ match: { weighted: true }, rule: 'mine' }, { include: 'standard' }],
  }),
  'bare.json': JSON.stringify({ composite: 'bare', summary: '', rules: [{ match: { weighted: true }, rule: 'zero' }] }),
});
afterAll(() => {
  desk.clear();
});

const said = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await desk.run(...args);
  expect(err).toBe('');
  expect(code).toBe(0);
  return out;
};

describe('inspect', () => {
  test('shows the graph, and the rule of every node', async () => {
    expect(await said('inspect', 'models/mnist-lenet')).toMatchSnapshot();
  });

  test('says what the rewrites did', async () => {
    const text = await said('inspect', 'specs/golden/cnn-small/model.onnx', '--rewrites');
    expect(text).toMatch(/^rewrites/m);
  });

  test('names the nodes without a rule', async () => {
    const text = await said('inspect', 'models/mnist-lenet', '--composite', 'DIR/bare.json');
    expect(text).toContain('composite bare does not fit:');
    for (const node of ['relu1', 'pool1', 'relu2', 'pool2', 'relu3']) expect(text).toContain(`(${node}): no rule:`);
  });
});

describe('rules', () => {
  test('shows one in full', async () => {
    expect(await said('rules', 'epsilon')).toMatchSnapshot();
  });

  test('lists all, those of further folders too', async () => {
    const text = await said('rules', '--rules', 'DIR/rules');
    for (const name of ['epsilon', 'z-plus', 'mine', 'epsilon-plus-flat', 'ours'])
      expect(text).toMatch(new RegExp(`^${name} `, 'm'));
  });

  test('shows a composite', async () => {
    expect(await said('rules', 'ours', '--rules', 'DIR/rules')).toBe(
      'ours: mine everywhere.\n1. ours entry 1: rule mine\n2. include standard\n',
    );
  });
});

describe('help', () => {
  test.each(['explain', 'inspect', 'rules', 'demo'])('%s', async (command) => {
    expect(await said(command, '--help')).toContain(`Usage: kirchhoff ${command}`);
  });
});
