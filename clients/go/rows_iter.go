//go:build go1.23

package zsnmp

import (
	"context"
	"iter"
)

// All is a walk for a range loop. An error is the last that comes, beside an empty Varbind:
//
//	for row, err := range device.All(ctx, "1.3.6.1.2.1.2.2") {
//		if err != nil {
//			return err
//		}
//		fmt.Println(row)
//	}
func (d *Device) All(ctx context.Context, roots ...string) iter.Seq2[Varbind, error] {
	return func(yield func(Varbind, error) bool) {
		rows := d.Rows(ctx, roots...)
		defer rows.Close()
		for rows.Next() {
			if !yield(rows.Varbind(), nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Varbind{}, err)
		}
	}
}
