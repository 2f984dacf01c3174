"use strict"; // What happens on the page: files come in, the program says what is in them, and it is shown.

const $ = id => document.getElementById(id);

// ask calls a function of the program; see web/wasm/main.go.
function ask(name, ...args) {
  if (!globalThis.ssnn) throw Error("the program is not running; reload the page");
  const answer = ssnn[name](...args);
  if (answer.error) throw Error(answer.error);
  return answer;
}

function say(text, error = false) {
  $("state").textContent = text;
  $("state").classList.toggle("error", error);
}

async function bytes(url) {
  const r = await fetch(url);
  if (!r.ok) throw Error(`HTTP ${r.status}`);
  return new Uint8Array(await r.arrayBuffer());
}

let names; // of the classes
let shown; // the recording, as take takes it

// take loads a model, or shows a recording: files by their names, with what reads their bytes.
async function take(name, read) {
  say(`${name} is being read.`);
  try {
    const data = await read();
    await new Promise(done => setTimeout(done, 20)); // so that what was said is seen
    if (name.endsWith(".safetensors")) {
      names = ask("load", data).classes;
      if (shown) return take(shown.name, shown.read); // anew, as the model says how recordings are read
    } else {
      $("seen").hidden = true;
      play(ask("open", data, name, new URLSearchParams(location.search).get("format") ?? ""));
      $("seen").classList.add("unanswered"); // in case that it does not fit the network
      $("seen").hidden = false;
      shown = {name, read};
      show(ask("recognise"));
      $("seen").classList.remove("unanswered");
    }
    say("");
  } catch (e) {
    say(`${name}: ${e.message}`, true);
  }
}

// play shows the movie of a recording over and over, as fast as it was recorded.
let playing;
function play({format, sensor, events, skipped, first, last, movie}) {
  cancelAnimationFrame(playing);
  const seconds = (last - first) / 1e6, size = movie.width * movie.height;
  $("facts").textContent = `${format}, ${sensor} pixels, ${events} events${skipped ? ` and ${skipped} that were left out as they cannot be` : ""} in ${seconds.toPrecision(3)} s, in ${movie.pictures} pictures`;
  const begin = performance.now();
  let seen = -1;
  const draw = now => {
    const rounds = Math.max(0, now - begin) / 1e3 / Math.max(seconds, .04), t = Math.floor(rounds % 1 * movie.pictures);
    if (t != seen) paint($("movie"), movie.width, movie.height, movie.shades.subarray(t * size, (t + 1) * size), v => shades[v]);
    seen = t;
    playing = requestAnimationFrame(draw);
  };
  draw(begin);
}

// show shows what the network says.
function show(answer) {
  const classes = answer.scores.map((score, i) => ({name: names[i], score, i})).sort((a, b) => b.score - a.score || a.i - b.i);
  $("class").textContent = answer.class;
  $("scores").replaceChildren(...classes.slice(0, 10).map(({name, score}, rank) => {
    const label = element("span", name), meter = element("meter", "");
    label.style.color = lines[rank] ?? "";
    meter.value = score;
    return element("li", "", label, element("span", score.toFixed(3)), meter);
  }));
  $("took").textContent = `computed in ${(1e3 * answer.s).toFixed(1)} ms`;
  chart($("steps"), answer.steps, classes);
  $("maps").replaceChildren(...answer.layers.map(({name, width, height, rates}) => {
    const canvas = element("canvas", ""), most = Math.max(...rates);
    paint(canvas, width, height, rates, v => ramp(most ? v / most : 0));
    return element("figure", "", canvas, element("figcaption", `${name}, up to ${most.toFixed(2)}`));
  }));
}

function drop(files) {
  for (const f of files) take(f.name, async () => new Uint8Array(await f.arrayBuffer()));
}

async function start() {
  const asked = new URLSearchParams(location.search), model = asked.get("model") ?? "model.safetensors", recording = asked.get("recording");
  try {
    const go = new Go();
    const {instance} = await WebAssembly.instantiate(await bytes("ssnn.wasm"), go.importObject); // as bytes: whatever type the server gives them
    go.run(instance).then(() => {
      delete globalThis.ssnn;
      say("The program has ended, as for want of memory; reload the page.", true);
    });
  } catch (e) {
    return say(`ssnn.wasm: ${e.message}`, true);
  }
  await take(model, () => bytes(model));
  if (recording && names) await take(recording, () => bytes(recording));
}

addEventListener("dragover", e => { e.preventDefault(); document.body.classList.add("over"); });
addEventListener("dragleave", () => document.body.classList.remove("over"));
addEventListener("drop", e => { e.preventDefault(); document.body.classList.remove("over"); drop(e.dataTransfer.files); });
$("file").addEventListener("change", e => drop(e.target.files));
start();
