package download

import "ssnn/dataset"

// Source says where the archives of a set are.
type Source struct {
	dataset.Known
	Files []File // archives; the set needs all of them
	// Manual says why people have to fetch the files themselves; empty where programs may.
	Manual string
	// Nested says that the archives hold archives.
	Nested bool
}

// File is one archive.
type File struct {
	Name string // name of the file on disk
	URL  string // address; for a set that people fetch, of the page that leads to it
	MD5  string // in hexadecimal; empty where no sum is published that stays the same
}

// Sources lists all sets that can be got. Addresses and checksums are those of the public readers
// named at each set: SpikingJelly (spikingjelly/datasets, resource_url_md5) and tonic
// (tonic/datasets).
func Sources() []Source {
	all := map[string]Source{
		// SpikingJelly, n_mnist.py; the same sums and the addresses: tonic, nmnist.py.
		"n-mnist": {Files: []File{
			{"Train.zip",
				mendeley + "468j46mzdv/files/39c25547-014b-4137-a934-9d29fa53c7a0/file_downloaded",
				"20959b8e626244a1b502305a9e6e2031"},
			{"Test.zip",
				mendeley + "468j46mzdv/files/05a4d654-7e03-4c15-bdfa-9bb2bcbea494/file_downloaded",
				"69ca8762b2fe404d9b9bad1103e97832"},
		}},
		// SpikingJelly, dvs128_gesture.py.
		"dvs128-gesture": {
			Manual: "its server has no address for programs",
			Files:  []File{{"DvsGesture.tar.gz", "https://ibm.ent.box.com/s/3hiq58ww1pbbjrinh367ykfdf60xsfm8/folder/50167556794", "8a5c71fb11e24e5ca5b11866ca6c00a1"}},
		},
		// SpikingJelly, cifar10_dvs.py.
		"cifar10-dvs": {Files: []File{
			{"airplane.zip", figshare + "7712788", "0afd5c4bf9ae06af762a77b180354fdd"},
			{"automobile.zip", figshare + "7712791", "8438dfeba3bc970c94962d995b1b9bdd"},
			{"bird.zip", figshare + "7712794", "a9c207c91c55b9dc2002dc21c684d785"},
			{"cat.zip", figshare + "7712812", "52c63c677c2b15fa5146a8daf4d56687"},
			{"deer.zip", figshare + "7712815", "b6bf21f6c04d21ba4e23fc3e36c8a4a3"},
			{"dog.zip", figshare + "7712818", "f379ebdf6703d16e0a690782e62639c3"},
			{"frog.zip", figshare + "7712842", "cad6ed91214b1c7388a5f6ee56d08803"},
			{"horse.zip", figshare + "7712851", "e7cbbf77bec584ffbf913f00e682782a"},
			{"ship.zip", figshare + "7712836", "41c7bd7d6b251be82557c6cce9a7d5c9"},
			{"truck.zip", figshare + "7712839", "89f3922fd147d9aeff89e76a2b0b70a7"},
		}},
		// SpikingJelly, n_caltech101.py; the same sum and the address: tonic, ncaltech101.py.
		"n-caltech101": {Files: []File{
			{"Caltech101.zip",
				mendeley + "cy6cvx3ryv/files/36b5c52a-b49d-4853-addb-a836a8883e49/file_downloaded",
				"66201824eabb0239c7ab992480b50ba3"},
		}},
		// tonic, ncars.py.
		"n-cars": {
			Manual: "under what licence it comes is not known here",
			Nested: true,
			Files:  []File{{"Prophesee_Dataset_n_cars.zip", "https://www.prophesee.ai/dataset-n-cars-download/", "553ce464d6e5e617b3c21ce27c19368e"}},
		},
		// Its archive was packed anew by the server for each who asked: SpikingJelly (asl_dvs.py)
		// published a sum and took it back for that reason, tonic (asl_dvs.py) has had others. The
		// former also says that the authors' link is dead, and names the mirror.
		"asl-dvs": {
			Manual: "its authors' link is dead, and no licence is stated",
			Nested: true,
			Files:  []File{{"ICCV2019_DVS_dataset.zip", "https://github.com/PIX2NVS/NVS2Graph, or from the mirror OpenI/ASLDVS", ""}},
		},
	}
	var sources []Source
	for _, k := range dataset.KnownSets() {
		s, listed := all[k.Name]
		if s.Known = k; !listed {
			s.Manual = "no address for programs is known here"
		}
		sources = append(sources, s)
	}
	return sources
}

const (
	mendeley = "https://data.mendeley.com/public-files/datasets/"
	figshare = "https://ndownloader.figshare.com/files/"
)
