package rosbag

import (
	"bytes"
	"errors"
	"io"
	"math"

	"ssnn/internal/sqlite"
)

// A ROS 2 bag in SQLite (rosbag2_storage_sqlite3) has a table of topics, with the columns name,
// type and serialization_format, and a table of messages, with the columns topic_id, timestamp in
// ns, and data. An index orders the messages by their times.

// IsSQLite reports whether a file begins as a database of SQLite does.
func IsSQLite(b []byte) bool { return bytes.HasPrefix(b, []byte(sqlite.Signature)) }

type db3 struct {
	db       *sqlite.DB
	unpacker unpacker
	topics   []Topic
	ids      []int64 // id of each topic
	table    *sqlite.Table
	columns  []int // indexes of topic_id, timestamp and data
	rows     *sqlite.Rows
	chosen   int64 // topic_id of the chosen topic
	from     int64
}

func (*db3) Format() string { return "ROS 2 bag (SQLite)" }

func (b *db3) Topics() []Topic { return b.topics }

const mostTopics = 1 << 16

// mostName is the largest size of the row of a topic, in bytes.
const mostName = 1 << 20

func openDB3(r io.ReaderAt, size int64, l Limits) (Bag, error) {
	db, err := sqlite.Open(r, size)
	if err != nil {
		return nil, sqliteError(err)
	}
	b := &db3{db: db, unpacker: unpacker{limits: l}}
	topics, ok := db.Table("topics")
	messages, too := db.Table("messages")
	if !ok || !too {
		return nil, &Error{0, "an SQLite database with tables of topics and messages, as ROS 2 " +
			"writes it", "one without"}
	}
	at, err := topics.Columns("id", "name", "type", "serialization_format")
	if err != nil {
		return nil, sqliteError(err)
	}
	for rows := topics.Rows(math.MinInt64); ; {
		row, ok, err := rows.Next()
		if err != nil {
			return nil, sqliteError(err)
		}
		if !ok {
			break
		}
		var text [3]string
		for i := range text {
			v, err := row.Bytes(at[i+1], mostName)
			if err != nil {
				return nil, sqliteError(err)
			}
			text[i] = string(v)
		}
		b.topics = append(b.topics, Topic{text[0], plainType(text[1]), text[2], -1})
		b.ids = append(b.ids, row.Int(at[0]))
		if len(b.topics) > mostTopics {
			return nil, &Error{row.Offset(), "at most 65536 topics", "more"}
		}
	}
	b.table = messages
	if b.columns, err = messages.Columns("topic_id", "timestamp", "data"); err != nil {
		return nil, sqliteError(err)
	}
	return b, nil
}

// sqliteError turns an error of package sqlite into an Error.
func sqliteError(err error) error {
	if wrong, ok := errors.AsType[*sqlite.Error](err); ok {
		return &Error{wrong.Offset, wrong.Want, wrong.Got}
	}
	return err
}

func (b *db3) Choose(topic int, from int64) (sure bool, err error) {
	b.chosen, b.from = b.ids[topic], from
	if b.rows, sure = b.table.By("timestamp", from); !sure {
		b.rows, b.from = b.table.Rows(math.MinInt64), math.MinInt64
	}
	return sure, nil
}

func (b *db3) Next() (m Message, err error) {
	for {
		row, ok, err := b.rows.Next()
		if err != nil {
			return m, sqliteError(err)
		}
		if !ok {
			return m, io.EOF
		}
		time := row.Int(b.columns[1])
		if row.Int(b.columns[0]) != b.chosen || time < b.from {
			continue
		}
		data, err := row.Bytes(b.columns[2], b.unpacker.limits.Chunk)
		if err != nil {
			return m, sqliteError(err)
		}
		m := Message{time, data, row.Offset()}
		return m, b.unpacker.message(&m)
	}
}
