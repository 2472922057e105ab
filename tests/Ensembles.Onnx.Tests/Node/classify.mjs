// node classify.mjs MODEL IMAGES SHAPE
// Runs an exported ensemble in ONNX Runtime's build for browsers and prints its outputs as one line of JSON:
// {"labels": {"dims": [N], "data": [...]}, "scores": ..., ...}. IMAGES is a file of raw little-endian float32, and
// SHAPE its sizes: 300,2,12,12.
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';

const [model, images, shape] = process.argv.slice(2);
ort.env.wasm.numThreads = 1;
const bytes = readFileSync(images);
const pixels = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const session = await ort.InferenceSession.create(readFileSync(model));
const input = new ort.Tensor('float32', pixels, shape.split(',').map(Number));
const outputs = await session.run({ images: input });

// Labels are 64-bit integers, which JSON has no word for; NaN is written as null.
const plain = ({ dims, data }) => ({ dims, data: Array.from(data, Number) });
console.log(JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, plain(value)]))));
