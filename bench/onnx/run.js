// Run ONNX files with onnxruntime:
//
//     npm install --prefix DIR --ignore-scripts onnxruntime-node@1.30.0
//     NODE_PATH=DIR/node_modules node bench/onnx/run.js CASES.json
//
// CASES.json is a list of {model, input, shape, output}: files of the model, of its frames as little-endian float32, and of its
// logits, which are written likewise.
const fs = require("fs");
const ort = require("onnxruntime-node");

async function main() {
  for (const c of JSON.parse(fs.readFileSync(process.argv[2]))) {
    const raw = fs.readFileSync(c.input);
    const frames = new ort.Tensor("float32", new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4), c.shape);
    const session = await ort.InferenceSession.create(c.model);
    const { logits } = await session.run({ frames });
    fs.writeFileSync(c.output, Buffer.from(logits.data.buffer, logits.data.byteOffset, logits.data.byteLength));
  }
}

main();
