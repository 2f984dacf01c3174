package report

import (
	"math"
	"slices"
	"testing"
)

// answersOf are those of one seed to recordings of which so many are right of A alone, B alone,
// and both.
func answersOf(onlyA, onlyB, both int) (a, b [][]bool) {
	var x, y []bool
	for _, part := range []struct {
		n    int
		a, b bool
	}{{onlyA, true, false}, {onlyB, false, true}, {both, true, true}} {
		for range part.n {
			x, y = append(x, part.a), append(y, part.b)
		}
	}
	return [][]bool{x}, [][]bool{y}
}

// The wanted values are those of statsmodels 0.15.0:
//
//	from statsmodels.stats.contingency_tables import mcnemar
//	mcnemar([[0, 9], [2, 0]], exact=True).pvalue
//
// and above 1,000 recordings that differ with exact=False, correction=False.
func TestMcNemar(t *testing.T) {
	for _, c := range []struct {
		onlyA, onlyB int
		want         float64
	}{
		{9, 2, 0.0654296875},
		{2, 9, 0.0654296875},
		{1, 0, 1},
		{0, 8, 0.0078125},
		{5, 5, 1},
		{0, 0, 1},
		{117, 87, 0.04205139482879747},
		{12, 30, 0.007915897334896727},
		{700, 600, 0.0055456673152440615},
	} {
		p := Pair(answersOf(c.onlyA, c.onlyB, 50))
		if math.Abs(p.P-c.want) > 1e-9 || p.OnlyA != c.onlyA || p.OnlyB != c.onlyB {
			t.Errorf("%d, %d: %+v, want p %v", c.onlyA, c.onlyB, p, c.want)
		}
	}
}

// The wanted values are, of the first, that of SciPy 1.17.1, which goes through all 4,096 signs:
//
//	d = np.array([3, 3, 2, 2, 1, 1, 1, -1, -1, -2, 3, 1])
//	stats.permutation_test((d,), lambda x, axis: x.sum(axis=axis), permutation_type='samples',
//	    n_resamples=np.inf, alternative='two-sided', vectorized=True).pvalue
//
// and of the second, whose signs nobody can go through, of the statistic of Durkalski and others:
//
//	d = np.array([3]*150 + [2]*180 + [1]*420 + [-1]*350 + [-2]*140 + [-3]*110)
//	stats.chi2.sf(d.sum()**2 / (d**2).sum(), 1)
func TestSignTest(t *testing.T) {
	few := []int{3, 3, 2, 2, 1, 1, 1, -1, -1, -2, 3, 1, 0, 0}
	var many []int
	for value, n := range map[int]int{3: 150, 2: 180, 1: 420, -1: 350, -2: 140, -3: 110, 0: 99} {
		many = append(many, slices.Repeat([]int{value}, n)...)
	}
	if p := signTest(few); math.Abs(p-0.07177734375) > 1e-12 {
		t.Errorf("p %v", p)
	}
	if p := signTest(many); math.Abs(p-4.600712860073341e-05) > 1e-12 {
		t.Errorf("p %v", p)
	}
}

// The wanted intervals are those of SciPy 1.17.1, by other random numbers and 100,000 sets:
//
//	stats.bootstrap((x,), np.mean, method='percentile', n_resamples=100000,
//	    random_state=np.random.default_rng(0), batch=2000).confidence_interval
//
// They may differ by the granularity of the means and by chance, of which a twentieth of the
// interval is more than enough.
func TestBootstrap(t *testing.T) {
	values := func(of ...[2]int) (x []int) {
		for _, v := range of {
			x = append(x, slices.Repeat(v[:1], v[1])...)
		}
		return x
	}
	for _, c := range []struct {
		x         []int
		low, high float64
	}{
		{values([2]int{0, 796}, [2]int{1, 117}, [2]int{-1, 87}), 0.002, 0.058},
		{values([2]int{0, 80}, [2]int{1, 15}, [2]int{-1, 5}), 0.02, 0.19},
		{
			values([2]int{0, 200}, [2]int{3, 10}, [2]int{2, 12}, [2]int{1, 40}, [2]int{-1, 25},
				[2]int{-2, 8}, [2]int{-3, 5}),
			0.02, 0.23666666666666666,
		},
		{values([2]int{0, 40}), 0, 0},
		{values([2]int{1, 40}), 1, 1},
	} {
		low, high := bootstrap(c.x)
		near := (c.high-c.low)/20 + 1/float64(len(c.x))
		if math.Abs(low-c.low) > near || math.Abs(high-c.high) > near {
			t.Errorf("%v to %v, want %v to %v", low, high, c.low, c.high)
		}
		if again, also := bootstrap(c.x); again != low || also != high {
			t.Errorf("%v to %v, and then %v to %v", low, high, again, also)
		}
	}
}

// The wanted values are statsmodels' multipletests(p, method='holm')[1].
func TestHolm(t *testing.T) {
	got := Holm([]float64{0.01, 0.04, 0.03, 0.005, 0.6, 0.9})
	for i, want := range []float64{0.05, 0.12, 0.12, 0.03, 1, 1} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("%d: %v, want %v", i, got[i], want)
		}
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
}

// Of two seeds each recording counts once, with the differences of both.
func TestPairSeeds(t *testing.T) {
	a := [][]bool{{true, false, true, false}, {true, true, false, false}}
	b := [][]bool{{true, true, true, false}, {true, true, true, true}}
	p := Pair(a, b) // differences 0, 1, 1, 1: all signs alike by chance 2 in 8
	if p.OnlyA != 0 || p.OnlyB != 3 || p.Difference != 3./8 || p.P != 0.25 ||
		p.Seeds != 2 || p.Recordings != 4 {
		t.Errorf("%+v", p)
	}
	q := Pair(b, a)
	if q.Difference != -p.Difference || q.P != p.P || q.OnlyA != 3 ||
		!(q.Low < q.High && q.High <= 0) {

		t.Errorf("%+v", q)
	}
}
