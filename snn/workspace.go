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
	arena   arena // memory for the outputs of convolutions and for gradients
	shards  sharding
	group   int // most elements of the output gradient of a group of images, see convbackward.go

	parameters map[string]*Parameter // all parameters by name, see workspace.parameter
	frozen     bool                  // parameters are fixed, without gradients, see Network.Freeze
	reserving  bool                  // spikes are taken for dense, see Network.reserveInference

	norms []*norm // all norms of the network

	// Memory of the convolution that runs now: the lists of its images, of their windows and of its
	// input channels.
	lists    []kernel.RowLists // one for each sample
	windows  []kernel.Windows  // one for each sample and block of input channels
	dense    [][]float32       // images that are too dense for lists; the others are empty
	bytes    []uint8           // images as bytes, see convproducts.go
	channels kernel.ChannelLists
	written  []float32 // input channels that are too dense for lists

	// Memory of its input gradient, see convinputgradient.go and convtiles.go.
	turned              []float32
	tileU, tileV, tileM []float32

	dst, src []float32 // operands of the add that runs now
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
	largest   int       // largest input that was written as a byte, see convproducts.go
	kept      []float32 // membranes of a part whose timesteps are made one after the other
	moment    moment    // for neurons whose dynamics run one by one
	filtering filtering // for neurons with synaptic currents
	lanes     [kernel.Lanes]float32
	sorting   kernel.Scratch

	tileV, tileM []float32 // for a thread that makes tiles alone, see convtiles.go
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

// give hands back memory that take returned.
func (ws *workspace) give(x []float32) { ws.arena.give(x) }

// add does dst += x on all threads.
func (ws *workspace) add(dst, x []float32) {
	ws.dst, ws.src = dst, x
	ws.pool.Run((len(dst)+addAtOnce-1)/addAtOnce, ws.addTask)
}

const addAtOnce = 1 << 16

func (ws *workspace) addRun(_, n int) {
	from, to := n*addAtOnce, min((n+1)*addAtOnce, len(ws.dst))
	kernel.AddScaled(ws.dst[from:to], ws.src[from:to], 1)
}
