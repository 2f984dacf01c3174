// Package tensorboard writes event files that TensorBoard reads: scalars by tag and step.
//
// A file is a row of TFRecords: the length of the data (8 bytes, little endian), its masked
// CRC-32C, the data, their masked CRC-32C. Masked is ((crc >> 15 | crc << 17) + 0xa282ead8), see
// tensorflow/core/lib/io/record_writer.cc and lib/hash/crc32c.h. The data are messages Event of
// tensorflow/core/util/event.proto: wall_time = 1 (double), step = 2, file_version = 3, summary =
// 5, whose values = 1 have tag = 1 and simple_value = 2 (float).
package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Scalar is a number with its tag, such as "accuracy/test".
type Scalar struct {
	Tag   string
	Value float64
}

// WriteHeader writes the beginning of a file.
func WriteHeader(w io.Writer, at time.Time) error {
	event := protowire.AppendTag(wallTime(at), 3, protowire.BytesType)
	return record(w, protowire.AppendString(event, "brain.Event:2"))
}

// WriteScalars writes the scalars of a step.
func WriteScalars(w io.Writer, at time.Time, step int, all []Scalar) error {
	var summary []byte
	for _, s := range all {
		value := protowire.AppendTag(nil, 1, protowire.BytesType)
		value = protowire.AppendString(value, s.Tag)
		value = protowire.AppendTag(value, 2, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(s.Value)))
		summary = protowire.AppendTag(summary, 1, protowire.BytesType)
		summary = protowire.AppendBytes(summary, value)
	}
	event := protowire.AppendTag(wallTime(at), 2, protowire.VarintType)
	event = protowire.AppendVarint(event, uint64(step))
	event = protowire.AppendTag(event, 5, protowire.BytesType)
	return record(w, protowire.AppendBytes(event, summary))
}

// wallTime returns the beginning of an event: its time.
func wallTime(at time.Time) []byte {
	event := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
	return protowire.AppendFixed64(event, math.Float64bits(float64(at.UnixMicro())/1e6))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func masked(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// record writes a TFRecord.
func record(w io.Writer, data []byte) error {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	all := binary.LittleEndian.AppendUint32(length, masked(length))
	all = append(all, data...)
	_, err := w.Write(binary.LittleEndian.AppendUint32(all, masked(data)))
	return err
}
