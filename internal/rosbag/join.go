package rosbag

import "io"

// Join makes one bag of several that follow each other in time: ROS 2 splits long bags like this.
func Join(bags ...Bag) Bag {
	if len(bags) == 1 {
		return bags[0]
	}
	j := &joined{bags: bags, at: make([]map[int]int, len(bags))}
	for i, b := range bags {
		j.at[i] = map[int]int{}
		for place, t := range b.Topics() {
			known := len(j.topics)
			at := addTopic(&j.topics, t)
			if at < known {
				if all := &j.topics[at].Messages; *all < 0 || t.Messages < 0 {
					*all = -1
				} else {
					*all += t.Messages
				}
			}
			j.at[i][at] = place
		}
	}
	return j
}

type joined struct {
	bags   []Bag
	topics []Topic
	at     []map[int]int // for each bag, the index of a joined topic in the bag
	left   []Bag         // bags with the chosen topic that are still to be read
}

func (j *joined) Format() string { return j.bags[0].Format() }

func (j *joined) Topics() []Topic { return j.topics }

func (j *joined) Choose(topic int, from int64) (sure bool, err error) {
	j.left, sure = nil, true
	for i, b := range j.bags {
		place, ok := j.at[i][topic]
		if !ok {
			continue
		}
		is, err := b.Choose(place, from)
		if err != nil {
			return false, err
		}
		sure = sure && is
		j.left = append(j.left, b)
	}
	return sure, nil
}

func (j *joined) Next() (m Message, err error) {
	for len(j.left) > 0 {
		if m, err = j.left[0].Next(); err != io.EOF {
			return m, err
		}
		j.left = j.left[1:]
	}
	return m, io.EOF
}
