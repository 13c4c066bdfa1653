import type { Node, Tensor } from '@kirchhoff/graph';
import { compareSays, problem, refuse, Refusal } from '@kirchhoff/message';
import { openForward, openPropagator, oneHot } from './engine.js';
import type { Attribution, Attributor, Method } from './method.js';
import { batchOf, floats } from './rows.js';
import type { Subject } from './subject.js';

/** Nodes whose values are feature maps [N, K, H, W] with more than one place, and that a convolution made. */
const featureMaps = ({ model: { typed } }: Subject): readonly Node[] => {
  const convolved = new Set<string>();
  return typed.graph.nodes.filter(({ name, op, inputs }) => {
    const shape = typed.types.get(name)?.shape ?? [];
    const spatial = shape.length === 4 && shape[2] !== 1 && shape[3] !== 1;
    if (!spatial || !(op === 'Conv' || inputs.some((input) => convolved.has(input)))) return false;
    convolved.add(name);
    return true;
  });
};

const chooseNode = (subject: Subject, method: string, asked: string | undefined): string => {
  const maps = featureMaps(subject).map(({ name }) => name);
  const last = maps.at(-1);
  if (last === undefined) return refuse(method, compareSays.noConvolution(method));
  if (asked !== undefined && !maps.includes(asked)) refuse(method, compareSays.noFeatureMap(method, asked, maps));
  return asked ?? last;
};

/** A map [h, w] at the places of a larger one, bilinear between the centres of pixels (as OpenCV and PyTorch do). */
export const enlarge = (
  map: ArrayLike<number>,
  [h, w]: readonly [number, number],
  [height, width]: readonly [number, number],
  out: Float32Array,
): void => {
  const place = (i: number, from: number, to: number): readonly [number, number, number] => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(at);
    return [low, Math.min(from - 1, low + 1), at - low];
  };
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = place(y, h, height);
    for (let x = 0; x < width; x++) {
      const [left, right, across] = place(x, w, width);
      const upper = map[top * w + left]! * (1 - across) + map[top * w + right]! * across;
      const lower = map[bottom * w + left]! * (1 - across) + map[bottom * w + right]! * across;
      out[y * width + x] = upper * (1 - down) + lower * down;
    }
  }
};

/** Σₖ αₖ Aₖ with αₖ the mean gradient of channel k; with `relu` its positive part. */
export const weightedMap = (activations: Tensor, gradients: Tensor, n: number, relu: boolean): Float64Array => {
  const [, channels = 1, h = 1, w = 1] = activations.shape;
  const [a, g] = [floats(activations), floats(gradients)];
  const map = new Float64Array(h * w);
  for (let k = 0; k < channels; k++) {
    const start = (n * channels + k) * h * w;
    let alpha = 0;
    for (let i = 0; i < h * w; i++) alpha += g[start + i]! / (h * w);
    for (let i = 0; i < h * w; i++) map[i]! += alpha * a[start + i]!;
  }
  return relu ? map.map((value) => Math.max(0, value)) : map;
};

const openMap = async (subject: Subject, node: string, relu: boolean): Promise<Attributor> => {
  const gradient = await openPropagator(subject, 'gradient', { at: [node] });
  const forward = await openForward(subject, node);
  return {
    passes: gradient.passes,
    plan: [],
    close: async () => {
      await gradient.close();
      await forward.close();
    },
    run: async (x, targets): Promise<Attribution> => {
      const activations = await forward.run(x);
      const { at } = await gradient.run(x, oneHot(targets, subject.classes));
      const [, , h = 1, w = 1] = activations.shape;
      const [, , height = 1, width = 1] = x.shape;
      const out = new Float32Array(targets.length * height * width);
      targets.forEach((_, n) => {
        const part = out.subarray(n * height * width, (n + 1) * height * width);
        enlarge(weightedMap(activations, at[0]!, n, relu), [h, w], [height, width], part);
      });
      return { map: batchOf([targets.length, 1, height, width], out), ledgers: targets.map(() => null) };
    },
  };
};

/** ReLU(Σₖ αₖ Aₖ), αₖ the mean over places of ∂f/∂Aₖ (Selvaraju et al. 2017, equations 1 and 2), enlarged to the input. */
export const gradCam: Method = {
  summary: 'Feature maps of one convolutional node, weighted by their mean gradients, positive part.',
  cite: ['Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization'],
  needs: ['node'],
  complete: 'no',
  parameters: {},
  open: async (subject, _, node) => openMap(subject, chooseNode(subject, 'grad-cam', node), true),
};

/** The only reader of a value, past nodes that merely reshape. */
const readerOf = ({ model: { typed } }: Subject, name: string): Node | undefined => {
  const readers = typed.graph.nodes.filter(({ inputs }) => inputs.includes(name));
  const [reader] = readers;
  if (readers.length !== 1 || reader === undefined) return undefined;
  return ['Flatten', 'Reshape', 'Squeeze', 'Identity'].includes(reader.op)
    ? readerOf({ model: { typed } } as Subject, reader.name)
    : reader;
};

/**
 * Σₖ wₖ Aₖ / (h·w), w the weights of the one linear layer behind a global average pool (Zhou et al. 2016, equation 2): the
 * mean gradients of Grad-CAM are exactly these weights over h·w there, so that Σ over the map's places, plus the bias, is the score.
 */
export const cam: Method = {
  summary: 'Feature maps before a global average pool, weighted by the linear layer behind it.',
  cite: ['Zhou et al. 2016, Learning Deep Features for Discriminative Localization'],
  needs: ['node'],
  complete: 'no',
  parameters: {},
  open: async (subject, _, node) => {
    const chosen = chooseNode(subject, 'cam', node);
    const pool = readerOf(subject, chosen);
    const head = pool?.op === 'GlobalAveragePool' ? readerOf(subject, pool.name) : undefined;
    if (head === undefined || !['Gemm', 'MatMul'].includes(head.op) || head.name !== subject.output)
      throw new Refusal([problem('cam', compareSays.noLinearHead(chosen))]);
    return openMap(subject, chosen, false);
  },
};
