package experiment

// What others report, without augmentation. The second source is by the first's team and gives means of three runs of networks with a soft reset, as our recipes have none: that
// stands in the source's line.
const (
	ssnnPaper = "SSNN: Ding et al., AAAI 2024, arXiv 2401.01912, abstract"
	s2wPaper  = "Strong2Weak: arXiv 2510.07924, tables 4 and 9, with a soft reset"
)

var (
	publishedSSNN = map[string]Published{
		"cifar10-dvs":    {73.63, ssnnPaper},
		"dvs128-gesture": {90.74, ssnnPaper},
	}
	publishedPlain = map[string]Published{
		"cifar10-dvs":    {73.97, s2wPaper},
		"dvs128-gesture": {87.85, s2wPaper},
	}
	publishedMSResNet = map[string]Published{ // plain
		"cifar10-dvs":    {66.40, s2wPaper},
		"dvs128-gesture": {89.35, s2wPaper},
	}
)
