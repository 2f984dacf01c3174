package recipes

import (
	"sync"

	"ssnn/dataset"
	"ssnn/frames"
)

// Shared keeps integrated frames in memory for all runs of a process on the recordings of one
// recipe, so that each split is read once for each configuration of frames. A nil *Shared keeps
// nothing.
type Shared struct {
	mu   sync.Mutex
	made map[string]dataset.Frames // by dataset.Set.Key
}

// frames returns the frames of a set without augmentation, which it makes by make unless it keeps
// them.
func (s *Shared) frames(set *dataset.Set, cfg frames.Config,
	make func() (*dataset.Frames, error)) (*dataset.Frames, error) {

	if s == nil {
		return make()
	}
	key, err := set.Key(cfg)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.made[key]
	if !ok {
		made, err := make()
		if err != nil {
			return nil, err
		}
		if s.made == nil {
			s.made = map[string]dataset.Frames{}
		}
		f = *made
		s.made[key] = f
	}
	return &f, nil
}
