import type { Exporter } from '../../../onnx/test/exporter.js';
import type { Layers } from '../../../onnx/test/layers.js';
import { value } from '../../../onnx/test/model.js';
import { TensorProto_DataType as Code } from '../../../onnx/src/generated/onnx_pb.js';
import type { Network } from './classic.js';
import { attend, attended, cut, embedded, heads, ids, rmsNorm, tokens, width } from './tokens.js';

/** Hugging Face's RoBERTa: places counted over what is no padding; a mask from ids. */
const roberta = (seed: number, opset: number): Network =>
  tokens(
    seed,
    opset,
    (g, l) => {
      const real = g.put('Cast', [g.put('Not', [g.put('Equal', ['input_ids', g.int(1)])])], { to: Code.INT32 });
      const counted = g.put('Mul', [g.put('CumSum', [real, g.int(1)]), real]);
      const places = g.put('Add', [g.put('Cast', [counted], { to: Code.INT64 }), g.int(1)]);
      let x = l.layerNorm(l.add(embedded(g, 'input_ids'), embedded(g, places, 20)), width);
      const open = g.put('Cast', [l.unsqueeze(l.unsqueeze('attention_mask', 1), 2)], { to: Code.FLOAT });
      const mask = g.put('Mul', [g.put('Sub', [g.number(1), open]), g.number(-3.4028234663852886e38)]);
      x = l.layerNorm(l.add(x, attend(g, l, x, [mask])), width);
      return l.linear(g.put('Tanh', [l.linear(g.put('Gather', [x, g.int(0)], { axis: 1 }), width, width)]), width, 3);
    },
    [ids, attended],
  );

/** Hugging Face's DistilBERT: masked scores by a Where whose condition is expanded. */
const distilbert = (seed: number, opset: number): Network =>
  tokens(
    seed,
    opset,
    (g, l) => {
      const length = l.size('input_ids', 1);
      const range = g.put('Range', [g.int(0), l.squeeze(length, 0), g.int(1)]);
      let x = l.layerNorm(l.add(embedded(g, 'input_ids'), embedded(g, l.unsqueeze(range, 0), 20)), width);
      const [q, k, v] = [0, 1, 2].map(() =>
        l.transpose(l.reshape(l.linear(x, width, width), 0, -1, heads, width / heads), 0, 2, 1, 3),
      ) as [string, string, string];
      const scores = g.put('MatMul', [g.put('Div', [q, g.number(2)]), l.transpose(k, 0, 1, 3, 2)]);
      const gone = g.put('Equal', ['attention_mask', g.int(0)]);
      const asked = g.put('Concat', [l.size('attention_mask', 0), g.ints(1, 1), length], { axis: 0 });
      const wide = g.put('Expand', [g.put('Reshape', [gone, asked]), g.put('Shape', [scores])]);
      const masked = g.put('Where', [wide, g.number(-3.4028234663852886e38), scores]);
      const mixed = g.put('MatMul', [g.put('Softmax', [masked], { axis: -1 }), v]);
      x = l.add(x, l.reshape(l.transpose(mixed, 0, 2, 1, 3), 0, -1, width));
      return l.linear(l.relu(l.linear(g.put('Gather', [x, g.int(0)], { axis: 1 }), width, width)), width, 3);
    },
    [ids, attended],
  );

/** A causal mask of the length that a text has, as Hugging Face's decoders make one. */
const causal = (g: Exporter, l: Layers, x: string, lowest: number): string => {
  const length = l.size(x, 1);
  const square = g.put('Concat', [length, length], { axis: 0 });
  const full = g.put('Expand', [g.number(lowest), square]);
  return l.unsqueeze(l.unsqueeze(g.put('Trilu', [full, g.int(1)], { upper: 1 }), 0), 0);
};

/** Hugging Face's GPT-2: Conv1D as a Gemm of what is flattened, one projection split in three, tanh-gelu written out, the last token. */
const gpt2 = (seed: number, opset: number): Network =>
  tokens(seed, opset, (g, l) => {
    const length = l.size('input_ids', 1);
    const places = l.unsqueeze(g.put('Range', [g.int(0), l.squeeze(length, 0), g.int(1)]), 0);
    let x = l.add(embedded(g, 'input_ids'), embedded(g, places, 20));
    const flat = (y: string, from: number, to: number): string => {
      const made = g.put('Gemm', [l.reshape(y, -1, from), g.weight([from, to]), g.weight([to], 0.1)]);
      return g.put('Reshape', [made, g.put('Concat', [l.size(y, 0), l.size(y, 1), g.ints(to)], { axis: 0 })]);
    };
    const [q, k, v] = l
      .split(flat(l.layerNorm(x, width), width, 3 * width), 2, width, width, width)
      .map((one) => l.transpose(l.reshape(one, 0, 0, heads, width / heads), 0, 2, 1, 3)) as [string, string, string];
    const scores = g.put('Div', [g.put('MatMul', [q, l.transpose(k, 0, 1, 3, 2)]), g.number(2)]);
    const size = g.put('Concat', [length, length], { axis: 0 });
    const ones = g.put('ConstantOfShape', [size], { value: { filling: 1 } });
    const kept = g.put('Cast', [g.put('Trilu', [ones], { upper: 0 })], { to: Code.BOOL });
    const masked = g.put('Where', [kept, scores, g.number(-3.4028234663852886e38)]);
    const mixed = g.put('MatMul', [g.put('Softmax', [masked], { axis: -1 }), v]);
    x = l.add(x, flat(l.reshape(l.transpose(mixed, 0, 2, 1, 3), 0, 0, width), width, width));
    const wide = flat(l.layerNorm(x, width), width, 16);
    const cubed = g.put('Mul', [g.put('Pow', [wide, g.number(3)]), g.number(0.044715)]);
    const tanh = g.put('Tanh', [g.put('Mul', [l.add(wide, cubed), g.number(Math.sqrt(2 / Math.PI))])]);
    const gelu = g.put('Mul', [g.put('Mul', [wide, g.number(0.5)]), g.put('Add', [tanh, g.number(1)])]);
    x = l.layerNorm(l.add(x, flat(gelu, 16, width)), width);
    return l.linear(g.put('Gather', [x, g.int(-1)], { axis: 1 }), width, 5);
  });

/** Hugging Face's Llama: turned places from a table of frequencies, keys shared by an Expand, SwiGLU, a mask by Trilu. */
const llama = (seed: number, opset: number): Network =>
  tokens(seed, opset, (g, l) => {
    let x = embedded(g, 'input_ids');
    const length = l.size('input_ids', 1);
    const size = width / heads;
    const range = g.put('Range', [g.int(0), l.squeeze(length, 0), g.int(1)]);
    const places = g.put('Cast', [l.unsqueeze(l.unsqueeze(range, 0), 1)], { to: Code.FLOAT });
    const turns = l.transpose(g.put('MatMul', [g.numbers([1, size / 2, 1], [1, 0.1]), places]), 0, 2, 1);
    const angles = g.put('Concat', [turns, turns], { axis: -1 });
    const [cos, sin] = ['Cos', 'Sin'].map((op) => l.unsqueeze(g.put(op, [angles]), 1)) as [string, string];
    const turned = (y: string): string => {
      const half = g.put('Neg', [cut(g, y, 3, size / 2, 2 ** 31 - 1)]);
      const other = g.put('Concat', [half, cut(g, y, 3, 0, size / 2)], { axis: -1 });
      return l.add(g.put('Mul', [y, cos]), g.put('Mul', [other, sin]));
    };
    const shared = (y: string): string => {
      const asked = g.put('Concat', [l.size(y, 0), g.ints(1, heads), l.size(y, 2), g.ints(size)], { axis: 0 });
      return l.reshape(g.put('Expand', [l.unsqueeze(y, 2), asked]), 0, heads, -1, size);
    };
    const dense = (y: string, from: number, to: number): string => g.put('MatMul', [y, g.weight([from, to])]);
    const split = (y: string, many: number): string => l.transpose(l.reshape(y, 0, 0, many, size), 0, 2, 1, 3);
    const normed = rmsNorm(g, l, x);
    const q = turned(split(dense(normed, width, width), heads));
    const k = shared(turned(split(dense(normed, width, size), 1)));
    const v = shared(split(dense(normed, width, size), 1));
    const scores = g.put('Mul', [g.put('MatMul', [q, l.transpose(k, 0, 1, 3, 2)]), g.number(0.5)]);
    const masked = l.add(scores, causal(g, l, 'input_ids', -3.4028234663852886e38));
    const mixed = g.put('MatMul', [g.put('Softmax', [masked], { axis: -1 }), v]);
    x = l.add(x, dense(l.reshape(l.transpose(mixed, 0, 2, 1, 3), 0, 0, width), width, width));
    const inner = rmsNorm(g, l, x);
    const gated = g.put('Mul', [l.swish(dense(inner, width, 16)), dense(inner, width, 16)]);
    x = rmsNorm(g, l, l.add(x, dense(gated, 16, width)));
    return dense(g.put('Gather', [x, g.int(-1)], { axis: 1 }), width, 5);
  });

/** Hugging Face's T5: no places but buckets of distances, made with Log, Min and Where. */
const t5 = (seed: number, opset: number): Network =>
  tokens(
    seed,
    opset,
    (g, l) => {
      let x = embedded(g, 'input_ids');
      const range = g.put('Range', [g.int(0), l.squeeze(l.size('input_ids', 1), 0), g.int(1)]);
      const apart = g.put('Sub', [l.unsqueeze(range, 0), l.unsqueeze(range, 1)]);
      const later = g.put('Mul', [g.put('Cast', [g.put('Greater', [apart, g.int(0)])], { to: Code.INT64 }), g.int(4)]);
      const far = g.put('Abs', [apart]);
      const near = g.put('Less', [far, g.int(2)]);
      const ratio = g.put('Div', [g.put('Cast', [far], { to: Code.FLOAT }), g.number(2)]);
      const steps = g.put('Mul', [g.put('Div', [g.put('Log', [ratio]), g.number(2.77)]), g.number(2)]);
      const large = g.put('Add', [g.put('Cast', [steps], { to: Code.INT64 }), g.int(2)]);
      const most = g.put('Min', [large, g.put('Expand', [g.int(3), g.put('Shape', [large])])]);
      const bucket = g.put('Add', [later, g.put('Where', [near, far, most])]);
      const bias = l.unsqueeze(l.transpose(g.put('Gather', [g.weight([8, heads]), bucket]), 2, 0, 1), 0);
      const open = g.put('Cast', [l.unsqueeze(l.unsqueeze('attention_mask', 1), 1)], { to: Code.FLOAT });
      const mask = g.put('Mul', [g.put('Sub', [g.number(1), open]), g.number(-3.4028234663852886e38)]);
      x = l.add(x, attend(g, l, rmsNorm(g, l, x), [g.put('Add', [bias, mask])]));
      x = rmsNorm(g, l, x);
      return l.linear(l.mean(x, [1], 0), width, 3);
    },
    [ids, attended],
  );

/** A block of Mamba, its recurrence unrolled as tracing does for a length that is known. */
const mamba = (seed: number, opset: number): Network =>
  tokens(
    seed,
    opset,
    (g, l) => {
      const x = embedded(g, 'input_ids');
      const [inner, state, length] = [4, 2, 3];
      const [u = '', z = ''] = l.split(l.linear(rmsNorm(g, l, x), width, 2 * inner), 2, inner, inner);
      const conv = g.put('Conv', [l.transpose(u, 0, 2, 1), g.weight([inner, 1, 2]), g.weight([inner], 0.1)], {
        group: inner,
        kernel_shape: [2],
        pads: [1, 1],
      });
      const active = l.transpose(l.swish(cut(g, conv, 2, 0, length)), 0, 2, 1);
      const [dt = '', b = '', c = ''] = l.split(
        g.put('MatMul', [active, g.weight([inner, 1 + 2 * state])]),
        2,
        1,
        state,
        state,
      );
      const step = g.put('Softplus', [l.linear(dt, 1, inner)]);
      const a = g.put('Neg', [g.put('Exp', [g.weight([inner, state])])]);
      const decay = g.put('Exp', [g.put('Mul', [l.unsqueeze(step, 3), a])]);
      const driven = g.put('Mul', [g.put('Mul', [l.unsqueeze(step, 3), l.unsqueeze(b, 2)]), l.unsqueeze(active, 3)]);
      let h = g.put('Gather', [driven, g.int(0)], { axis: 1 });
      const ys = [h];
      for (let t = 1; t < length; t++) {
        h = l.add(
          g.put('Mul', [g.put('Gather', [decay, g.int(t)], { axis: 1 }), h]),
          g.put('Gather', [driven, g.int(t)], { axis: 1 }),
        );
        ys.push(h);
      }
      const out = ys.map((one, t) => {
        const read = l.unsqueeze(g.put('Gather', [c, g.int(t)], { axis: 1 }), 2);
        return l.unsqueeze(l.squeeze(g.put('MatMul', [one, read]), 2), 1);
      });
      const scanned = l.add(g.put('Concat', out, { axis: 1 }), g.put('Mul', [active, g.weight([inner])]));
      const gated = g.put('Mul', [scanned, l.swish(z)]);
      const y = l.add(x, g.put('MatMul', [gated, g.weight([inner, width])]));
      return l.linear(g.put('Gather', [y, g.int(-1)], { axis: 1 }), width, 3);
    },
    [value('input_ids', ['batch_size', 3], Code.INT64)],
  );

/** CLIP's text encoder: the end of a text is where its ids are greatest. */
const clip = (seed: number, opset: number): Network =>
  tokens(seed, opset, (g, l) => {
    let x = embedded(g, 'input_ids');
    x = l.add(x, attend(g, l, l.layerNorm(x, width), [causal(g, l, 'input_ids', -Infinity)]));
    x = l.layerNorm(x, width);
    const rows = g.put('Range', [g.int(0), l.squeeze(l.size('input_ids', 0), 0), g.int(1)]);
    const end = g.put('ArgMax', [g.put('Cast', ['input_ids'], { to: Code.INT32 })], { axis: -1, keepdims: 0 });
    const places = g.put('Concat', [l.unsqueeze(rows, 1), l.unsqueeze(end, 1)], { axis: 1 });
    const pooled = g.put('MatMul', [g.put('GatherND', [x, places]), g.weight([width, width])]);
    const norm =
      opset < 18
        ? g.put('ReduceL2', [pooled], { axes: [-1], keepdims: 1 })
        : g.put('ReduceL2', [pooled, g.ints(-1)], { keepdims: 1 });
    const unit = g.put('Div', [pooled, norm]);
    return g.put('MatMul', [unit, g.weight([width, 3])]);
  });

/** Sentence encoders: a mean over what is no padding, of length one. */
const sentence = (seed: number, opset: number): Network =>
  tokens(
    seed,
    opset,
    (g, l) => {
      const x = l.layerNorm(embedded(g, 'input_ids'), width);
      const asked = g.put('Shape', [x]);
      const wide = g.put('Expand', [l.unsqueeze('attention_mask', -1), asked]);
      const open = g.put('Cast', [wide], { to: Code.FLOAT });
      const sum =
        opset < 13
          ? g.put('ReduceSum', [g.put('Mul', [x, open])], { axes: [1], keepdims: 0 })
          : g.put('ReduceSum', [g.put('Mul', [x, open]), g.ints(1)], { keepdims: 0 });
      const count =
        opset < 13
          ? g.put('ReduceSum', [open], { axes: [1], keepdims: 0 })
          : g.put('ReduceSum', [open, g.ints(1)], { keepdims: 0 });
      return l.linear(g.put('Div', [sum, g.put('Clip', [count, g.number(1e-9)])]), width, 3);
    },
    [ids, attended],
  );

export const texts: Readonly<Record<string, Network>> = {
  roberta: roberta(65, 14),
  distilbert: distilbert(66, 17),
  'gpt-2': gpt2(67, 14),
  llama: llama(68, 18),
  t5: t5(69, 17),
  mamba: mamba(74, 17),
  'clip text': clip(75, 18),
  'sentence mean': sentence(76, 14),
};
