package snn

import (
	"ssnn/internal/collective"
	"ssnn/internal/kernel"
	"ssnn/internal/workers"
)

// workspace is the memory and the threads that the layers of a network share.
type workspace struct {
	pool    *workers.Pool
	threads []thread
	arena   arena // of the outputs of convolutions and of gradients
	shards  sharding
	group   int // elements of the output gradient of a group of images, see convbackward.go

	parameters map[string]*Parameter // all that there are, by name, see workspace.parameter
	frozen     bool                  // they do not change and have no gradients, see Network.Freeze
	reserving  bool                  // spikes are taken for dense, see Network.reserveInference

	norms []*norm // all that there are

	// For the current convolution: the lists of its images and their windows, and the lists of its
	// input channels.
	lists    []kernel.RowLists // of each sample
	windows  []kernel.Windows  // of each sample and block of input channels
	dense    [][]float32       // of each image that is too dense for lists, else empty
	bytes    []uint8           // its images, see convproducts.go
	channels kernel.ChannelLists
	written  []float32 // channels that are too dense

	// The memory of its input gradient, see convinputgradient.go and convtiles.go.
	turned              []float32
	tileU, tileV, tileM []float32

	dst, src []float32 // of add
	addTask  func(worker, item int)
}

// thread is the scratch memory of one thread.
type thread struct {
	scratch   []float32
	currents  []float32
	words     []uint16
	sums      []int16
	padded    []uint16 // see convtables.go
	active    kernel.Active
	narrow    []float32 // see conv.scatterWeights
	largest   int       // input that was made a byte, see convproducts.go
	kept      []float32 // membranes of a part that is made one timestep after the other
	moment    moment    // of neurons whose dynamics run one by one
	filtering filtering // of neurons with synaptic currents
	lanes     [kernel.Lanes]float32
	sorting   kernel.Scratch

	tileV, tileM []float32 // of a thread that makes tiles alone, see convtiles.go
}

func newWorkspace(threads int) *workspace {
	p := workers.New(threads)
	ws := &workspace{pool: p, group: groupRoom, parameters: map[string]*Parameter{}}
	ws.shards = sharding{group: collective.Alone(), count: 1}
	ws.threads = make([]thread, p.Threads())
	ws.addTask = ws.addRun
	return ws
}

func (ws *workspace) close() {
	ws.pool.Close()
	ws.shards.between.end()
	ws.arena.release()
}

// take returns n elements for the output of a convolution or a gradient. Their contents are
// undefined.
func (ws *workspace) take(n int) []float32 { return ws.arena.take(n) }

// give hands what was taken to others.
func (ws *workspace) give(x []float32) { ws.arena.give(x) }

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
