// Package trace follows one recording in memory through a network, for people who look on. It
// returns moving pictures of the events, the answers of the network timestep by timestep, and maps
// of where it fires. The page in web/page runs it in the browser.
package trace
