package worker

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"unsafe"
)

const (
	headBytes  = 12
	mostHeader = 64 << 20 // bytes of JSON; more is no message
)

// pipe sends and receives messages.
type pipe struct {
	in    *bufio.Reader
	out   io.Writer
	array []uint64 // memory for the arrays of calls, aligned for their elements
	text  []byte
	reply []byte
}

// receive returns the next message. Both parts are overwritten by the next one. The error is io.EOF
// where the other side has gone.
func (p *pipe) receive() (header, array []byte, err error) {
	var head [headBytes]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return nil, nil, err
	}
	n, m := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint64(head[4:])
	if n > mostHeader || m > 1<<46 {
		return nil, nil, fmt.Errorf("a message of %d and %d bytes: no caller speaks so", n, m)
	}
	if uint64(cap(p.text)) < uint64(n) {
		p.text = make([]byte, n)
	}
	if words := m/8 + 1; uint64(len(p.array)) < words {
		p.array = make([]uint64, words)
	}
	header = p.text[:n]
	array = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(p.array))), m)
	if _, err := io.ReadFull(p.in, header); err != nil {
		return nil, nil, err
	}
	_, err = io.ReadFull(p.in, array)
	return header, array, err
}

// send writes a message in one go, so that the other side wakes up once.
func (p *pipe) send(header any, array []byte) error {
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	p.reply = binary.LittleEndian.AppendUint32(p.reply[:0], uint32(len(text)))
	p.reply = binary.LittleEndian.AppendUint64(p.reply, uint64(len(array)))
	p.reply = append(p.reply, text...)
	p.reply = append(p.reply, array...)
	_, err = p.out.Write(p.reply)
	return err
}

// as views bytes, which are aligned for them, as elements.
func as[E any](b []byte) []E {
	var e E
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))/unsafe.Sizeof(e))
}

// bytesOf views elements as bytes.
func bytesOf[E any](all []E) []byte {
	var e E
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(all))),
		uintptr(len(all))*unsafe.Sizeof(e))
}
