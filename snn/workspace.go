package snn

import (
	"ssnn/internal/kernel"
	"ssnn/internal/workers"
)

// workspace is the memory and the threads that the layers of a network share.
type workspace struct {
	pool    *workers.Pool
	threads []thread
	free    [][]float32 // gradients that nobody needs any more
	keep    bool        // see Network.KeepMembranes

	// padded is the gradient of the convolution that is being differentiated, see conv.
	padded []float32

	// Of the convolution under way: the lists of its images, and of its input channels.
	rows     []kernel.RowLists
	channels kernel.ChannelLists

	// Of its input gradient, see inputgradient.go and tiles.go.
	turned              []float32
	tileU, tileV, tileM []float32

	dst, src []float32 // of add
	addTask  func(worker, item int)
}

// thread is the scratch memory of one thread.
type thread struct {
	scratch  []float32
	currents []float32
	words    []uint16
}

func newWorkspace(threads int) *workspace {
	p := workers.New(threads)
	ws := &workspace{pool: p, threads: make([]thread, p.Threads())}
	ws.addTask = ws.addRun
	return ws
}

// take returns a gradient of n elements; what it holds is not defined.
func (ws *workspace) take(n int) []float32 {
	best := -1
	for i, g := range ws.free {
		if cap(g) >= n && (best < 0 || cap(g) < cap(ws.free[best])) {
			best = i
		}
	}
	if best < 0 {
		return make([]float32, n)
	}
	g := ws.free[best]
	last := len(ws.free) - 1
	ws.free[best] = ws.free[last]
	ws.free = ws.free[:last]
	return g[:n]
}

// give returns a gradient for others to take.
func (ws *workspace) give(g []float32) { ws.free = append(ws.free, g) }

// add is dst += x.
func (ws *workspace) add(dst, x []float32) {
	ws.dst, ws.src = dst, x
	ws.pool.Run((len(dst)+addAtOnce-1)/addAtOnce, ws.addTask)
}

const addAtOnce = 1 << 16

func (ws *workspace) addRun(_, n int) {
	from, to := n*addAtOnce, min((n+1)*addAtOnce, len(ws.dst))
	kernel.AddScaled(ws.dst[from:to], ws.src[from:to], 1)
}
