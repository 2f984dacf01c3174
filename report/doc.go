// Package report shows the results of runs: it measures trained networks, draws plots, and writes
// pages.
//
// Measuring ([Measure]) knows nothing of drawing. A [Figure] knows nothing of networks, and becomes
// SVG or PNG. [Write] makes one HTML file that needs nothing else: no script, no other file and no
// connection.
//
// Colours are those of Okabe and Ito (Color Universal Design, 2008), which people with any colour
// vision tell apart; where more than colour is at hand, lines differ in it too.
package report
