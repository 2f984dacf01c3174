package snn

import (
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"testing"

	"ssnn/internal/mallocs"
)

// trained is a network whose norms have statistics of their own, as after training.
func trained(t *testing.T, c Config, threads int) *Network {
	n, err := New(c, 3, threads)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		n.Forward(randomFrames(c, 4, uint64(10+i)), 4, true)
	}
	return n
}

// A walk in any pieces, of a replica with any number of threads, says to the bit what Forward of
// the network says, and what its early classifiers say of the stages' outputs.
func TestWalkIsForward(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 5))
	for name, c := range smallConfigs(t) {
		net := trained(t, c, 1)
		for _, bits := range []int{32, 16, 8} {
			if err := net.Quantise(bits); err != nil {
				t.Fatal(err)
			}
			frozen, err := net.Freeze(bits)
			if err != nil {
				t.Fatal(err)
			}
			const B = 3
			frames := randomFrames(c, B, 7)
			out := net.Forward(frames, B, false)
			r := frozen.Replica(B, 2)
			for round := range 4 {
				partial := walkInPieces(r, frames, B, func(most int) int {
					switch round {
					case 0:
						return most
					case 1:
						return 1
					}
					return 1 + g.IntN(most)
				})
				for i, s := range net.stages {
					want := out.Logits
					if i+1 < len(net.stages) && s.early == nil {
						continue
					} else if s.early != nil {
						s.early.forward(net.pass(inference), s.out)
						want = s.early.fc.Logits
					}
					if got := r.Classify(i); !slices.Equal(got, want) {
						t.Fatalf("%s, %d bits, round %d, stage %d: got %v, want %v", name, bits,
							round, i, got, want)
					}
				}
				for done, got := range partial {
					for j, v := range got {
						var want float32
						for _, step := range out.Steps[:done] {
							want += step[j] / float32(done)
						}
						if v != want {
							t.Fatalf("%s, %d bits, round %d, after %d timesteps: logit %d is %v, "+
								"want %v", name, bits, round, done, j, v, want)
						}
					}
				}
				if got := r.Forward(frames, B, false).Logits; !slices.Equal(got, out.Logits) {
					t.Fatalf("%s, %d bits: the replica's Forward says %v, want %v", name, bits, got,
						out.Logits)
				}
			}
			r.Close()
			frozen.Close()
		}
		net.Close()
	}
}

// walkInPieces runs whatever is ready, as many timesteps as pick says, early classifiers in
// between, and returns what the last stage's classifier said, by the timesteps that it had seen.
func walkInPieces(n *Network, frames []float32, B int, pick func(most int) int) map[int][]float32 {
	size := len(frames) / n.cfg.T[0]
	partial := map[int][]float32{}
	n.Begin(B)
	for fed := 0; ; {
		moved := false
		for i := range n.stages {
			most := n.ready(i)
			if most == 0 {
				continue
			}
			moved = true
			k := pick(most)
			if i == 0 {
				n.feed(frames[fed*size : (fed+k)*size])
				fed += k
			} else {
				n.advance(i, k)
			}
			if n.HasClassifier(i) && pick(2) == 1 {
				answer := n.Classify(i)
				if i == len(n.stages)-1 {
					partial[n.stages[i].walk.done] = slices.Clone(answer)
				}
			}
		}
		if !moved {
			return partial
		}
	}
}

// Whatever is asked for next, Reach runs what it needs and nothing else, as far as the frames that
// have come allow it; in the end the network says what Forward says.
func TestReach(t *testing.T) {
	g := rand.New(rand.NewPCG(31, 1))
	for name, c := range smallConfigs(t) {
		net := trained(t, c, 1)
		frozen, err := net.Freeze(32)
		if err != nil {
			t.Fatal(err)
		}
		const B = 2
		r := frozen.Replica(B, 1)
		frames := randomFrames(c, B, 5)
		size := len(frames) / c.T[0]
		for range 5 {
			r.Begin(B)
			for come := 1; r.stages[len(c.T)-1].walk.done < c.T[len(c.T)-1]; {
				want := make([]int, len(c.T)) // timesteps of each stage
				for i, s := range r.stages {
					want[i] = s.walk.done
				}
				stage := g.IntN(len(c.T))
				k := 1 + g.IntN(c.T[stage])
				needs := append(make([]int, stage), k)
				for i := stage; i > 0 && needs[i] > want[i]; i-- {
					needs[i-1] = r.Needs(i, needs[i])
				}
				enough := needs[0] <= max(come, want[0])
				for i := range needs {
					if enough {
						want[i] = max(want[i], needs[i])
					}
				}
				if got := r.Reach(stage, k, frames[:come*size]); got != enough {
					t.Fatalf("%s: %d timesteps of stage %d with %d frames: got %v, want %v", name,
						k,
						stage+1, come, got, enough)
				}
				for i, s := range r.stages {
					if s.walk.done != want[i] {
						t.Fatalf("%s: %d timesteps of stage %d with %d frames ran %d of stage %d, "+
							"want %d", name, k, stage+1, come, s.walk.done, i+1, want[i])
					}
				}
				come = min(come+g.IntN(2), c.T[0])
			}
			got := slices.Clone(r.Classify(len(c.T) - 1))
			if want := r.Forward(frames, B, false).Logits; !slices.Equal(got, want) {
				t.Fatalf("%s: got %v, want %v", name, got, want)
			}
		}
		for _, n := range []*Network{r, frozen, net} {
			n.Close()
		}
	}
}

// Walk yields each piece once it has run, in the order of the stages, and begins anew each time.
func TestWalk(t *testing.T) {
	c := smallConfigs(t)["vgg"]
	net := trained(t, c, 1)
	defer net.Close()
	const B = 2
	frames := randomFrames(c, B, 5)
	want := slices.Clone(net.Forward(frames, B, false).Logits)
	for stepwise := range len(c.T) + 1 {
		for range net.Walk(frames, B, stepwise) {
			break // a walk that is left is no burden to the next
		}
		var got [][2]int
		for stage, steps := range net.Walk(frames, B, stepwise) {
			if done := net.stages[stage].walk.done; done != steps {
				t.Errorf("%d timesteps of stage %d were yielded, and %d have run", steps, stage+1,
					done)
			}
			got = append(got, [2]int{stage, steps})
		}
		var pieces [][2]int
		for stage, T := range c.T {
			for steps := range T {
				if stage >= stepwise || steps == T-1 {
					pieces = append(pieces, [2]int{stage, steps + 1})
				}
			}
		}
		if !slices.Equal(got, pieces) {
			t.Errorf("step by step from stage %d on: pieces %v, want %v", stepwise+1, got, pieces)
		}
		if got := net.Classify(len(c.T) - 1); !slices.Equal(got, want) {
			t.Errorf("step by step from stage %d on: got %v, want %v", stepwise+1, got, want)
		}
	}
	for what, walk := range map[string]func(){
		"too few frames": func() {
			for range net.Walk(frames[:len(frames)-1], B, 0) {
			}
		},
		"a timestep that is not there": func() { net.Reach(1, c.T[1]+1, frames) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			walk()
		}()
	}
}

// Replicas of any depth hold the same weights, not copies, and no gradients; but for the weights
// that a plain fold has in place of a weighted one, which they share with each other.
func TestReplicasShareWeights(t *testing.T) {
	for name, c := range smallConfigs(t) {
		net := trained(t, c, 1)
		frozen, err := net.Freeze(16)
		if err != nil {
			t.Fatal(err)
		}
		r := frozen.Replica(1, 1)
		for _, p := range r.parameters {
			q := net.ws.parameters[p.Name]
			if c.Transition == WeightedFold && p.Name == foldedName(0) {
				q = frozen.ws.parameters[p.Name]
			}
			if &p.Value[0] != &q.Value[0] || p.Gradient != nil {
				t.Errorf("%s: %s of the replica is no view of %s, or has a gradient", name, p.Name,
					q.Name)
			}
		}
		var of []*integers
		frozen.convolutions(func(c *conv, _ int) { of = append(of, c.integers) })
		r.convolutions(func(c *conv, _ int) {
			if c.integers != of[0] {
				t.Errorf("%s: %s has integers of its own", name, c.weight.Name)
			}
			of = of[1:]
		})
		for _, n := range []*Network{r, frozen, net} {
			n.Close()
		}
	}
}

// Replicas at work at the same time say what one says alone.
func TestReplicasAtOnce(t *testing.T) {
	c := smallConfigs(t)["vgg"]
	net := trained(t, c, 1)
	defer net.Close()
	frozen, err := net.Freeze(16)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			r, alone := frozen.Replica(2, 1+i%2), frozen.Replica(2, 1)
			defer r.Close()
			defer alone.Close()
			for j := range 5 {
				frames := randomFrames(c, 2, uint64(i*5+j))
				want := alone.Forward(frames, 2, false).Logits
				walkInPieces(r, frames, 2, func(int) int { return 1 })
				if got := r.Classify(1); !slices.Equal(got, want) {
					t.Errorf("replica %d: got %v, want %v", i, got, want)
				}
			}
		})
	}
	group.Wait()
}

// Once a replica is made, neither passes nor walks of one sample allocate, however many inputs are
// not zero and however few samples there are.
func TestReplicasDoNotAllocate(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector's own allocations would count
	mallocs.Settle()
	for name, c := range smallConfigs(t) {
		net := trained(t, c, 1)
		for _, bits := range []int{32, 8} {
			frozen, err := net.Freeze(bits)
			if err != nil {
				t.Fatal(err)
			}
			const most = 3
			r := frozen.Replica(most, 2)
			full := slices.Repeat([]float32{9}, len(randomFrames(c, most, 1)))
			for _, B := range []int{most, 1} {
				for what, frames := range map[string][]float32{"sparse": randomFrames(c, B, 1),
					"dense": full[:len(full)/most*B]} {
					for stepwise := range len(c.T) + 1 {
						if n := mallocs.In(func() {
							r.Forward(frames, B, false)
							r.walkAll(frames[:len(frames)/B], stepwise)
						}); n != 0 {
							t.Errorf("%s, %d bits, %d %s samples, stages step by step from %d "+
								"on: %d allocations, want 0", name, bits, B, what, stepwise, n)
						}
					}
				}
			}
			r.Close()
			frozen.Close()
		}
		net.Close()
	}
}
