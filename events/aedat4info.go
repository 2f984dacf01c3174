package events

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// node is an element "node" of the XML in the header of an AEDAT 4 file.
type node struct {
	Name  string `xml:"name,attr"`
	Nodes []node `xml:"node"`
	Attrs []struct {
		Key   string `xml:"key,attr"`
		Value string `xml:",chardata"`
	} `xml:"attr"`
}

// value is the value of the first attribute of this key, in the node or the nodes inside it, or "".
func (n node) value(key string) string {
	for _, a := range n.Attrs {
		if a.Key == key {
			return a.Value
		}
	}
	for _, inner := range n.Nodes {
		if v := inner.value(key); v != "" {
			return v
		}
	}
	return ""
}

// mostInfo is the longest XML that is read, in bytes; in recordings it has some kilobytes.
const mostInfo = 1 << 20

// aedat4Stream is a stream of events that the XML names.
type aedat4Stream struct {
	id     int32
	source string // the camera, or what made the events: "DVXplorer_DXA00093"
	sensor Size   // zero where the XML does not give the size
}

// eventStreams returns the streams of events that the XML names; none is an error.
func eventStreams(text string) (found []aedat4Stream, err error) {
	var all struct {
		Nodes []node `xml:"node"`
	}
	if len(text) > mostInfo {
		return nil, fmt.Errorf("%d bytes, which is more than %d", len(text), mostInfo)
	}
	if err := xml.Unmarshal([]byte(text), &all); err != nil {
		return nil, err
	}
	for _, outer := range all.Nodes {
		for _, stream := range append([]node{outer}, outer.Nodes...) {
			number, err := strconv.ParseInt(stream.Name, 10, 32)
			if err != nil || stream.value("typeIdentifier") != "EVTS" {
				continue
			}
			sensor := Size{}
			sensor.Width, _ = strconv.Atoi(stream.value("sizeX"))
			sensor.Height, _ = strconv.Atoi(stream.value("sizeY"))
			if sensor.Width < 1 || sensor.Height < 1 || sensor.Width > 1<<15 ||
				sensor.Height > 1<<15 {

				sensor = Size{}
			}
			found = append(found, aedat4Stream{int32(number), stream.value("source"), sensor})
		}
	}
	if found == nil {
		return nil, fmt.Errorf("no such stream")
	}
	return found, nil
}

// chooseStream finds the stream that Options.Topic names by its number or its source. Without a
// name it chooses the first.
func chooseStream(all []aedat4Stream, name string) (at int, err error) {
	if name == "" {
		return 0, nil
	}
	var known []string
	for i, s := range all {
		if name == fmt.Sprint(s.id) || name == s.source {
			return i, nil
		}
		known = append(known, strings.TrimSpace(fmt.Sprintf("%d %s", s.id, s.source)))
	}
	return 0, fmt.Errorf("%s: no stream %q of events, want one of %s", aedat4Format, name,
		shortened(strings.Join(known, ", ")))
}

// topics lists the streams of events if the file has several, and is nil otherwise.
func (d *aedat4) topics() (all []Topic) {
	for i, s := range d.streams {
		kind := strings.TrimSpace("events " + s.source)
		all = append(all, Topic{Name: fmt.Sprint(s.id), Type: kind, Events: true,
			Read: i == d.chosen})
	}
	if len(all) < 2 {
		return nil
	}
	return all
}
