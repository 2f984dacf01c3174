"use strict"; // Drawing: elements, pictures of values, and lines over timesteps.

// element makes one with text and what else is in it.
function element(name, text, ...children) {
  const e = document.createElement(name);
  e.append(text, ...children);
  return e;
}

// paint fills a canvas with a colour [red, green, blue] for each value.
function paint(canvas, width, height, values, colour) {
  if (canvas.width != width || canvas.height != height) [canvas.width, canvas.height] = [width, height];
  const image = new ImageData(width, height), pixels = image.data;
  values.forEach((v, i) => {
    [pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]] = colour(v);
    pixels[4 * i + 3] = 255;
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// mix is the colour between two, at 0 a, at 1 b.
const mix = (a, b, at) => a.map((v, i) => v + (b[i] - v) * at);

// shades are the colours of a movie's shades: blue below 128, red above.
const shades = Array.from({length: 256}, (_, shade) =>
  mix([240, 240, 240], shade < 128 ? [31, 95, 191] : [200, 50, 30], shade == 128 ? 0 : .15 + .85 * Math.abs(shade - 128) / 127));

// ramp is the colour of a share from 0 to 1: ColorBrewer's Blues (Harrower, Brewer 2003), as in the pages of ssnn report.
const stops = [[255, 255, 255], [222, 235, 247], [198, 219, 239], [158, 202, 225], [107, 174, 214], [66, 146, 198], [33, 113, 181], [8, 81, 156], [8, 48, 107]];
function ramp(share) {
  const at = share * (stops.length - 1), i = Math.min(Math.floor(at), stops.length - 2);
  return mix(stops[i], stops[i + 1], at - i);
}

const ranks = 4; // likeliest classes, which have a colour of their own: rank0 to rank3 of page.css

// svg makes an element of a drawing.
function svg(name, attributes, text = "") {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  e.append(text);
  return e;
}

// chart draws the scores of the classes, likeliest first, over the steps, and returns a function that marks a moment: a share of the timesteps of each stage. Lines do not go from stage to
// stage, whose classifiers differ.
function chart(drawing, steps, classes) {
  const [left, top, right, bottom] = [36, 10, 595, 300], wide = (right - left) / steps.length;
  const x = i => left + wide * (i + .5), y = score => bottom - (bottom - top) * score;
  const put = (...what) => {
    const e = svg(...what);
    drawing.append(e);
    return e;
  };
  drawing.replaceChildren();
  const stages = [...new Set(steps.map(s => s.stage))].map(stage => ({stage, at: steps.flatMap((s, i) => s.stage == stage ? [i] : [])}));
  const room = Math.ceil(24 / wide); // timesteps of which one is labelled
  const nows = stages.map(({stage, at}, k) => {
    put("rect", {x: x(at[0]) - wide / 2, y: top, width: wide * at.length, height: bottom - top, class: k % 2 ? "" : "band"});
    put("text", {x: x(at[0]) + wide * (at.length - 1) / 2, y: bottom + 42, "text-anchor": "middle"}, `stage ${stage + 1}`);
    for (const i of at) if ((steps[i].step - 1) % room == 0) put("text", {x: x(i), y: bottom + 20, "text-anchor": "middle"}, steps[i].step);
    return {at, line: svg("line", {y1: top, y2: bottom, class: "now"})};
  });
  for (const score of [0, .5, 1]) {
    put("line", {x1: left, x2: right, y1: y(score), y2: y(score), class: "grid"});
    put("text", {x: left - 6, y: y(score) + 4, "text-anchor": "end"}, score);
  }
  drawing.append(...nows.map(n => n.line));
  for (const [rank, {i: c}] of [...classes.entries()].reverse()) { // the likeliest on top
    const own = rank < ranks ? "rank" + rank : "rank";
    for (const {at} of stages) {
      put("polyline", {points: at.map(i => `${x(i)},${y(steps[i].scores[c])}`).join(" "), class: own});
      if (rank < ranks) for (const i of at) put("circle", {cx: x(i), cy: y(steps[i].scores[c]), r: 3, class: own});
    }
  }
  return share => {
    for (const {at, line} of nows) {
      const i = at[Math.min(at.length - 1, Math.floor(share * at.length))];
      line.setAttribute("x1", x(i));
      line.setAttribute("x2", x(i));
    }
  };
}
