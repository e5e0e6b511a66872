package file

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tierwatch/tierwatch/sources/event"
)

// parquetRows reads rows with their values as text: decimals and integers in
// full, timestamps as RFC 3339 (without offset if they are local), dates as
// YYYY-MM-DD, floats in their shortest exact form. Columns of groups are a.b.c;
// lists have no text.
type parquetRows struct {
	reader  *Reader
	file    *parquet.File
	columns []parquetColumn
	groups  []parquet.RowGroup
	rows    parquet.Rows
	buffer  []parquet.Row
	at, n   int
	count   int64
	cells   []event.Cell
	text    []byte
	raw     []byte
}

type parquetColumn struct {
	name     string
	repeated bool
	logical  format.LogicalTypeValue
}

func openParquet(r *Reader) (rowSource, []string, error) {
	f, err := parquet.OpenFile(r.file, r.size, parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, nil, fmt.Errorf("open parquet: %w", err)
	}
	p := &parquetRows{reader: r, file: f, groups: f.RowGroups(), buffer: make([]parquet.Row, 64)}
	var header []string
	for _, path := range f.Schema().Columns() {
		leaf, _ := f.Schema().Lookup(path...)
		c := parquetColumn{name: strings.Join(path, "."), repeated: leaf.MaxRepetitionLevel > 0}
		if l := leaf.Node.Type().LogicalType(); l != nil {
			c.logical = l.Value
		}
		p.columns = append(p.columns, c)
		header = append(header, c.name)
	}
	p.cells = make([]event.Cell, len(header))
	return p, header, nil
}

// next recovers: a damaged page makes the library panic now and then.
func (p *parquetRows) next(row *event.Row) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("decode parquet: damaged page: %v", v)
		}
	}()
	for p.at == p.n {
		if err := p.fill(); err != nil {
			return err
		}
	}
	p.count++
	p.fillCells(p.buffer[p.at])
	p.at++
	row.Cells, row.Position = p.cells, p.count
	row.Raw = p.raw
	if len(row.Raw) > event.MaxRaw {
		row.Raw = row.Raw[:event.MaxRaw]
	}
	return nil
}

func (p *parquetRows) fill() error {
	if p.rows == nil {
		if len(p.groups) == 0 {
			return io.EOF
		}
		p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
	}
	n, err := p.rows.ReadRows(p.buffer)
	p.at, p.n = 0, n
	if total := p.file.NumRows(); total > 0 {
		// The library reads as it likes; rows tell the progress better than bytes.
		p.reader.read.Store(int64(float64(p.reader.size) * float64(min(p.count+int64(n), total)) / float64(total) * 0.999))
	}
	switch {
	case n > 0:
		return nil // an error comes again with the next call
	case err == nil:
		return io.ErrNoProgress
	case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		err = p.rows.Close()
		p.rows = nil
		return err
	}
	return fmt.Errorf("decode parquet: %w", err)
}

func (p *parquetRows) close() {
	if p.rows != nil {
		_ = p.rows.Close() // only read
	}
}

func (p *parquetRows) fillCells(row parquet.Row) {
	p.text, p.raw = p.text[:0], append(p.raw[:0], '{')
	for i := range p.cells {
		p.cells[i] = event.Cell{Null: true}
	}
	for _, v := range row {
		i := v.Column()
		c := &p.columns[i]
		if v.IsNull() {
			continue
		}
		from := len(p.text)
		p.text = c.append(p.text, v)
		text := p.text[from:len(p.text):len(p.text)]
		p.cells[i] = event.Cell{Text: text, Nested: c.repeated}
		if len(p.raw) > 1 {
			p.raw = append(p.raw, ',')
		}
		p.raw = strconv.AppendQuote(p.raw, c.name)
		p.raw = strconv.AppendQuote(append(p.raw, ':'), string(text))
	}
	p.raw = append(p.raw, '}')
}

func (c *parquetColumn) append(b []byte, v parquet.Value) []byte {
	switch l := c.logical.(type) {
	case *format.DecimalType:
		return appendDecimal(b, v, l.Scale)
	case *format.DateType:
		y, m, d := event.Civil(v.Int32())
		return fmt.Appendf(b, "%04d-%02d-%02d", y, m, d)
	case *format.TimestampType:
		return appendTimestamp(b, v.Int64(), l)
	case *format.IntType:
		if !l.IsSigned {
			return appendUnsigned(b, v)
		}
	}
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.AppendBool(b, v.Boolean())
	case parquet.Int32:
		return strconv.AppendInt(b, int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case parquet.Float:
		return strconv.AppendFloat(b, float64(v.Float()), 'f', -1, 32)
	case parquet.Double:
		return strconv.AppendFloat(b, v.Double(), 'f', -1, 64)
	case parquet.Int96: // the timestamp of old writers
		d := v.Int96()
		nanos := int64(d[1])<<32 | int64(d[0])
		seconds := (int64(d[2])-2440588)*86400 + nanos/1e9
		return time.Unix(seconds, 0).UTC().AppendFormat(b, time.RFC3339)
	}
	return append(b, v.ByteArray()...)
}

// appendUnsigned writes an integer whose bits are stored as those of a signed one.
func appendUnsigned(b []byte, v parquet.Value) []byte {
	if v.Kind() == parquet.Int32 {
		return strconv.AppendUint(b, uint64(uint32(v.Int32())), 10)
	}
	return strconv.AppendUint(b, uint64(v.Int64()), 10)
}

func appendTimestamp(b []byte, v int64, t *format.TimestampType) []byte {
	var at time.Time
	switch t.Unit.Value.(type) {
	case *format.MilliSeconds:
		at = time.UnixMilli(v)
	case *format.MicroSeconds:
		at = time.UnixMicro(v)
	default:
		at = time.Unix(0, v)
	}
	if t.IsAdjustedToUTC {
		return at.UTC().AppendFormat(b, time.RFC3339)
	}
	return at.UTC().AppendFormat(b, "2006-01-02T15:04:05")
}

// appendDecimal writes an unscaled integer, of two's complement in byte arrays.
func appendDecimal(b []byte, v parquet.Value, scale int32) []byte {
	unscaled := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		unscaled.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		unscaled.SetInt64(v.Int64())
	default:
		raw := v.ByteArray()
		unscaled.SetBytes(raw)
		if len(raw) > 0 && raw[0] >= 0x80 {
			unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
		}
	}
	digits := unscaled.Text(10)
	if unscaled.Sign() < 0 {
		b, digits = append(b, '-'), digits[1:]
	}
	if scale <= 0 {
		return append(append(b, digits...), strings.Repeat("0", int(-scale))...)
	}
	if missing := int(scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - int(scale)
	return append(append(append(b, digits[:point]...), '.'), digits[point:]...)
}
