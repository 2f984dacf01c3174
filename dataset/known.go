package dataset

import "ssnn/events"

// Known describes a public set of recordings.
type Known struct {
	Name        string      // name of the set and of its layout, such as "n-mnist"
	Title       string      // name that its authors gave it
	Classes     int         // number of classes
	Train, Test int         // recordings; a set without splits has all of them in Train
	Sensor      events.Size // smallest size, in pixels, that holds all recordings
	Size        string      // size of the download, empty where no source states it
	Licence     string      // empty where none is known
	Page        string      // address of its authors' page
}

// KnownSets are the public sets whose layouts Open knows. Sources: the pages; sizes from
// neuromorphicsystems.github.io/land (N-MNIST) and the README of BrainChip's copy (DVS128 Gesture);
// counts and sensors as said in each layout's file.
func KnownSets() []Known {
	return []Known{
		{
			Name: "n-mnist", Title: "N-MNIST", Classes: 10, Train: 60000, Test: 10000,
			Sensor: events.Size{Width: 34, Height: 34},
			Size:   "1.1 GB", Licence: "CC BY-SA 4.0", Page: "https://www.garrickorchard.com/datasets/n-mnist",
		}, {
			Name: "dvs128-gesture", Title: "DVS128 Gesture", Classes: 11, Train: 1176, Test: 288,
			Sensor: events.Size{Width: 128, Height: 128},
			Size:   "3 GB", Licence: "CC BY 4.0", Page: "https://research.ibm.com/interactive/dvsgesture/",
		}, {
			Name: "cifar10-dvs", Title: "CIFAR10-DVS", Classes: 10, Train: 10000,
			Sensor: events.Size{Width: 128, Height: 128},
			Page:   "https://figshare.com/articles/dataset/CIFAR10-DVS_New/4724671",
		}, {
			Name: "n-caltech101", Title: "N-Caltech101", Classes: 101, Train: 8709,
			Sensor:  events.Size{Width: 240, Height: 180},
			Licence: "CC BY 4.0", Page: "https://www.garrickorchard.com/datasets/n-caltech101",
		}, {
			Name: "n-cars", Title: "N-CARS", Classes: 2, Train: 15422, Test: 8607,
			Sensor: events.Size{Width: 120, Height: 100},
			Page:   "https://www.prophesee.ai/dataset-n-cars-download/",
		}, {
			Name: "asl-dvs", Title: "ASL-DVS", Classes: 24, Train: 100800,
			Sensor: events.Size{Width: 240, Height: 180},
			Page:   "https://github.com/PIX2NVS/NVS2Graph",
		},
	}
}
