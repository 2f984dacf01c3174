package events

import (
	"encoding/xml"
	"fmt"
	"strconv"
)

// node is one of the XML in the header of an AEDAT 4 file.
type node struct {
	Name  string `xml:"name,attr"`
	Nodes []node `xml:"node"`
	Attrs []struct {
		Key   string `xml:"key,attr"`
		Value string `xml:",chardata"`
	} `xml:"attr"`
}

// value is that of an attribute of a node or of those in it, or "".
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

// mostInfo is the longest XML, in bytes; a recording has some kilobytes.
const mostInfo = 1 << 20

// eventStream is the first stream of events that the XML names, and the size of its sensor.
func eventStream(text string) (id int32, sensor Size, err error) {
	var all struct {
		Nodes []node `xml:"node"`
	}
	if len(text) > mostInfo {
		return 0, sensor, fmt.Errorf("%d bytes, more than %d", len(text), mostInfo)
	}
	if err := xml.Unmarshal([]byte(text), &all); err != nil {
		return 0, sensor, err
	}
	for _, outer := range all.Nodes {
		for _, stream := range append([]node{outer}, outer.Nodes...) {
			number, err := strconv.ParseInt(stream.Name, 10, 32)
			if err != nil || stream.value("typeIdentifier") != "EVTS" {
				continue
			}
			sensor.Width, _ = strconv.Atoi(stream.value("sizeX"))
			sensor.Height, _ = strconv.Atoi(stream.value("sizeY"))
			if sensor.Width < 1 || sensor.Height < 1 || sensor.Width > 1<<15 ||
				sensor.Height > 1<<15 {

				sensor = Size{}
			}
			return int32(number), sensor, nil
		}
	}
	return 0, sensor, fmt.Errorf("no such stream")
}
