// Package sqlite reads tables of SQLite databases as ROS 2 writes them for bags: rows by their
// number or by an index, in bounded memory, from any io.ReaderAt. It knows no SQL and never writes.
// The format is that of sqlite.org/fileformat2.html; decision 30 in docs/decisions says why it is
// read here.
package sqlite
