package clickhouse

import (
	"errors"
	"fmt"

	"github.com/ClickHouse/ch-go/proto"
	ch "github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// send writes the rows as one block, a piece at a time: the block is never held
// twice.
func (l *link) send(in *insertion, types []proto.ColumnType) error {
	l.begin(len(in.columns), in.rows)
	start := l.body
	for i, c := range in.columns {
		l.buf.PutString(in.names[i])
		l.buf.PutString(string(types[i]))
		c.prefix(&l.buf)
		c.encode(&l.buf)
		if len(l.buf.Buf)-start >= chunk {
			if err := l.piece(&start); err != nil {
				return err
			}
		}
	}
	if err := l.piece(&start); err != nil {
		return err
	}
	l.end()
	return l.flush()
}

// begin writes the head of a data packet up to its body, and of the body the size.
func (l *link) begin(columns, rows int) {
	proto.ClientCodeData.Encode(&l.buf)
	proto.ClientData{}.EncodeAware(&l.buf, revision)
	l.body = len(l.buf.Buf)
	proto.Block{Info: proto.BlockInfo{BucketNum: -1}, Columns: columns, Rows: rows}.EncodeAware(&l.buf, revision)
}

// piece compresses what of a body was gathered from start on, and sends it.
func (l *link) piece(start *int) error {
	if l.comp != nil && len(l.buf.Buf) > *start {
		if err := l.comp.Compress(l.buf.Buf[*start:]); err != nil {
			return fmt.Errorf("compress block: %w", err)
		}
		l.buf.Buf = append(l.buf.Buf[:*start], l.comp.Data...)
	}
	*start = 0
	return l.flush()
}

// end gathers the empty block that ends the data.
func (l *link) end() {
	l.begin(0, 0)
	if l.comp != nil {
		_ = l.comp.Compress(l.buf.Buf[l.body:]) // a handful of bytes
		l.buf.Buf = append(l.buf.Buf[:l.body], l.comp.Data...)
	}
}

var errEnded = errors.New("the server ended the statement early")

// read reads packets up to a block, which is decoded into header.
func (l *link) read(header *proto.ColInfoInput) error {
	for {
		code, err := l.packet()
		switch {
		case err != nil:
			return err
		case code == proto.ServerCodeEndOfStream:
			return errEnded
		case code == proto.ServerCodeData:
			return l.block(header)
		}
	}
}

// acknowledged reads packets up to the end of the statement.
func (l *link) acknowledged() error {
	for {
		code, err := l.packet()
		switch {
		case err != nil:
			return err
		case code == proto.ServerCodeEndOfStream:
			return nil
		case code == proto.ServerCodeData:
			if err := l.block(new(proto.ColInfoInput)); err != nil {
				return err
			}
		}
	}
}

// packet reads the code of the next packet and, unless it is a block or the end,
// the packet. What the server threw is returned as an error.
func (l *link) packet() (proto.ServerCode, error) {
	n, err := l.r.UVarInt()
	if err != nil {
		return 0, fmt.Errorf("read answer: %w", err)
	}
	code := proto.ServerCode(n)
	switch code {
	case proto.ServerCodeData, proto.ServerCodeEndOfStream:
	case proto.ServerCodeException:
		return code, l.exception()
	case proto.ServerCodeProgress:
		err = new(proto.Progress).DecodeAware(l.r, revision)
	case proto.ServerCodeProfile:
		err = new(proto.Profile).DecodeAware(l.r, revision)
	case proto.ServerCodeTableColumns:
		err = new(proto.TableColumns).DecodeAware(l.r, revision)
	default:
		return code, fmt.Errorf("read answer: packet %d is not expected", n)
	}
	if err != nil {
		return code, fmt.Errorf("read answer: %w", err)
	}
	return code, nil
}

func (l *link) block(header *proto.ColInfoInput) error {
	if _, err := l.r.Str(); err != nil { // name of a temporary table
		return fmt.Errorf("read header: %w", err)
	}
	if l.comp != nil {
		l.r.EnableCompression()
		defer l.r.DisableCompression()
	}
	if err := new(proto.Block).DecodeBlock(l.r, revision, header); err != nil {
		return fmt.Errorf("read header: %w", err)
	}
	return nil
}

// exception reads what the server threw, as the driver of the other connections
// would give it.
func (l *link) exception() error {
	e := new(ch.Exception)
	if err := e.Decode(l.r); err != nil {
		return fmt.Errorf("read exception: %w", err)
	}
	return e
}
