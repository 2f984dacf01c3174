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

// A movie is shown over and over, as fast as it was recorded, until it is paused; the slider shows any moment of it. Players are told of each picture.
let movie; // {pictures, width, height, shades, seconds}
let picture = -1; // that is shown
let paused = false, since = 0; // since when it plays from its first picture on
let marks = []; // what else shows the moment: functions of a time in microseconds

function play({format, sensor, events, skipped, first, last, movie: m}) {
  const seconds = (last - first) / 1e6;
  movie = {...m, seconds};
  marks = [];
  $("facts").textContent = `${format}, ${sensor} pixels, ${events} events${skipped ? ` and ${skipped} that were left out as they cannot be` : ""} in ${seconds.toPrecision(3)} s, in ${m.pictures} pictures`;
  $("time").max = m.pictures - 1;
  picture = -1;
  pause(false);
}

// seek shows a picture of the movie.
function seek(to) {
  if (to == picture) return;
  picture = to;
  const {width, height, shades: all, seconds, pictures} = movie, size = width * height;
  paint($("movie"), width, height, all.subarray(to * size, (to + 1) * size), v => shades[v]);
  $("time").value = to;
  const at = seconds * (to + .5) / pictures;
  $("clock").textContent = `${(1e3 * at).toFixed(0)} ms of ${(1e3 * seconds).toFixed(0)} ms`;
  for (const mark of marks) mark(1e6 * at);
}

// pause stops the movie, or lets it go on from where it is.
function pause(on) {
  paused = on;
  $("pause").textContent = on ? "\u25b6" : "\u275a\u275a";
  $("pause").setAttribute("aria-label", on ? "play" : "pause");
  since = performance.now() - Math.max(0, picture) / movie.pictures * length();
}

const length = () => 1e3 * Math.max(movie.seconds, .04); // of a round, in milliseconds

function frame(now) {
  if (movie && !paused) seek(Math.floor(Math.max(0, now - since) / length() % 1 * movie.pictures));
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);

// show shows what the network says.
function show(answer) {
  const classes = answer.scores.map((score, i) => ({name: names[i], score, i})).sort((a, b) => b.score - a.score || a.i - b.i);
  $("class").textContent = answer.class;
  $("scores").replaceChildren(...classes.slice(0, 10).map(({name, score}, rank) => {
    const label = element("span", name), meter = element("meter", "");
    label.className = rank < ranks ? "rank" + rank : "";
    meter.value = score;
    return element("li", "", label, element("span", score.toFixed(3)), meter);
  }));
  $("took").textContent = `computed in ${(1e3 * answer.s).toFixed(1)} ms`;
  const mark = chart($("steps"), answer.steps, classes);
  const maps = answer.layers.map(firing);
  $("maps").replaceChildren(...maps.map(m => m.figure));
  // share is how much of the first stage's timesteps is over in the middle of the one at a moment.
  const share = us => {
    const step = answer.ends.findIndex(end => us <= end);
    return ((step < 0 ? answer.ends.length - 1 : step) + .5) / answer.ends.length;
  };
  const draw = us => {
    mark(share(us));
    for (const m of maps) m.draw($("moment").checked ? share(us) : undefined);
  };
  marks = [draw];
  $("moment").onchange = () => draw(1e6 * movie.seconds * (Math.max(0, picture) + .5) / movie.pictures);
  $("moment").onchange();
}

// firing is the map of a layer: its figure, and how it is drawn at a share of the timesteps, or as the mean over them.
function firing({name, t: T, width, height, rates}) {
  const canvas = element("canvas", ""), words = element("figcaption", ""), size = width * height;
  const mean = new Float32Array(size);
  rates.forEach((v, i) => mean[i % size] += v / T);
  const largest = values => values.reduce((a, b) => Math.max(a, b), 0);
  const most = {mean: largest(mean), all: largest(rates)};
  let drawn;
  return {figure: element("figure", "", canvas, words), draw: share => {
    const step = share === undefined ? "mean" : Math.min(T - 1, Math.floor(share * T));
    if (step === drawn) return;
    drawn = step;
    const values = step === "mean" ? mean : rates.subarray(step * size, (step + 1) * size), top = step === "mean" ? most.mean : most.all;
    paint(canvas, width, height, values, v => ramp(top ? v / top : 0));
    words.textContent = step === "mean" ? `${name}, up to ${top.toFixed(2)}` : `${name}, timestep ${step + 1} of ${T}, up to ${top.toFixed(2)}`;
  }};
}

function drop(files) {
  for (const f of files) take(f.name, async () => new Uint8Array(await f.arrayBuffer()));
}

// offer links the examples, and says whose they are.
function offer({examples, credit}) {
  if (examples.length) $("examples").append(examples.length > 1 ? ", or see " : ", or see the example ");
  for (const [i, {file, name}] of examples.entries()) {
    const link = element("a", name);
    link.href = "?recording=" + encodeURIComponent(file);
    $("examples").append(...i ? [", "] : [], link);
  }
  $("credit").textContent = credit;
}

async function start() {
  const asked = new URLSearchParams(location.search);
  let model = asked.get("model"), recording = asked.get("recording");
  try {
    const beside = JSON.parse(new TextDecoder().decode(await bytes("page.json")));
    offer(beside);
    model ??= beside.model;
    if (!asked.has("model")) recording ??= beside.examples[0]?.file; // which fits the model of the page
  } catch (e) {
    return say(`page.json: ${e.message}`, true);
  }
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
$("pause").addEventListener("click", () => pause(!paused));
$("time").addEventListener("input", () => {
  if (!paused) pause(true);
  $("moment").checked = true; // who moves the slider wants to see the moment
  seek(+$("time").value);
  $("moment").onchange?.();
});
$("file").addEventListener("change", e => drop(e.target.files));
start();
