package kernel

// A 3x3 convolution by tiles of 4x4 outputs takes 36 multiplications for each tile and pair of
// channels instead of 144: F(4x4, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks" (CVPR 2016). Input tiles, weights and products are turned into 36 planes, with one
// matrix product for each plane in between. The results are about ten times less exact than the
// plain sum, which is good enough for gradients but not for membranes.
//
// Each transform works on columns, then on rows, 16 channels at a time. All factors except 1/6 are
// powers of two.

// Tile is the height and width of a tile of outputs, TileIn is the height and width of the tile of
// inputs that it needs, and Planes is the number of products.
const (
	Tile   = 4
	TileIn = Tile + 2
	Planes = TileIn * TileIn
)

// TileInput turns a tile of TileIn x TileIn pixels of c channels into planes. Channel k of plane p
// is written to v[p*plane+k]. Row i, column j of the tile begins at x[i*row+j*pixel].
func TileInput(v []float32, plane int, x []float32, row, pixel, c int) {
	active.tileInput(v, plane, x, row, pixel, c)
}

type lanes = [Lanes]float32

func tileInputGeneric(v []float32, plane int, x []float32, row, pixel, c int) {
	for k := 0; k < c; k += Lanes {
		var half [TileIn][TileIn]lanes
		for j := range TileIn {
			var in [TileIn]lanes
			for i := range in {
				in[i] = lanes(x[i*row+j*pixel+k:])
			}
			for i, h := range inputTransform(in) {
				half[i][j] = h
			}
		}
		for i := range half {
			for j, p := range inputTransform(half[i]) {
				copy(v[(i*TileIn+j)*plane+k:], p[:])
			}
		}
	}
}

// inputTransform is B^T d.
func inputTransform(d [TileIn]lanes) (out [TileIn]lanes) {
	for l := range Lanes {
		d0, d1, d2, d3, d4, d5 := d[0][l], d[1][l], d[2][l], d[3][l], d[4][l], d[5][l]
		even, odd := d4-d2, d3-d1
		out[0][l] = float32(4*(d0-d2)) + even
		a, b := d4-float32(4*d2), d3-float32(4*d1)
		out[1][l] = a + b
		out[2][l] = a - b
		out[3][l] = even + float32(2*odd)
		out[4][l] = even - float32(2*odd)
		out[5][l] = d5 - d3 - float32(4*odd)
	}
	return out
}

// TileOutput turns planes into a tile of outputs. Row i, column j of the tile begins at
// y[i*row+j*pixel].
func TileOutput(y []float32, row, pixel int, m []float32, plane, c int) {
	active.tileOutput(y, row, pixel, m, plane, c)
}

func tileOutputGeneric(y []float32, row, pixel int, m []float32, plane, c int) {
	for k := 0; k < c; k += Lanes {
		var half [Tile][TileIn]lanes
		for j := range TileIn {
			var in [TileIn]lanes
			for i := range in {
				in[i] = lanes(m[(i*TileIn+j)*plane+k:])
			}
			for i, h := range outputTransform(in) {
				half[i][j] = h
			}
		}
		for i := range half {
			for j, p := range outputTransform(half[i]) {
				copy(y[i*row+j*pixel+k:], p[:])
			}
		}
	}
}

// outputTransform is A^T m.
func outputTransform(m [TileIn]lanes) (out [Tile]lanes) {
	for l := range Lanes {
		s, d := m[1][l]+m[2][l], m[1][l]-m[2][l]
		p, q := m[3][l]+m[4][l], m[3][l]-m[4][l]
		out[0][l] = m[0][l] + s + p
		out[1][l] = d + float32(2*q)
		out[2][l] = s + float32(4*p)
		out[3][l] = d + float32(8*q) + m[5][l]
	}
	return out
}

// TileWeights turns n weights of each tap, a whole number of vectors, into planes. Weight k of tap
// (i, j) is w[i*row+j*tap+k], and weight k of plane p is written to u[p*plane+k].
func TileWeights(u []float32, plane int, w []float32, row, tap, n int) {
	active.tileWeights(u, plane, w, row, tap, n)
}

func tileWeightsGeneric(u []float32, plane int, w []float32, row, tap, n int) {
	for k := 0; k < n; k += Lanes {
		var half [TileIn][3]lanes
		for j := range 3 {
			var in [3]lanes
			for i := range in {
				in[i] = lanes(w[i*row+j*tap+k:])
			}
			for i, h := range weightTransform(in) {
				half[i][j] = h
			}
		}
		for i := range half {
			for j, p := range weightTransform(half[i]) {
				copy(u[(i*TileIn+j)*plane+k:], p[:])
			}
		}
	}
}

const sixth = float32(1.0 / 6)

// weightTransform is G g.
func weightTransform(g [3]lanes) (out [TileIn]lanes) {
	for l := range Lanes {
		g0, g1, g2 := g[0][l], g[1][l], g[2][l]
		ends := g0 + g2
		out[0][l] = float32(0.25 * g0)
		out[1][l] = float32(-sixth * (ends + g1))
		out[2][l] = float32(-sixth * (ends - g1))
		ends = float32(0.25*g0) + g2
		out[3][l] = float32(sixth * (ends + float32(0.5*g1)))
		out[4][l] = float32(sixth * (ends - float32(0.5*g1)))
		out[5][l] = g2
	}
	return out
}
