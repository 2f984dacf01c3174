// Package trace follows one recording that is in memory through a network, for people who look on:
// what the camera saw as moving pictures, what the network says timestep by timestep, and where it
// fires. It is what the page in web/page runs in the browser.
package trace
