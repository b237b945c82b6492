package zsnmp

import (
	"encoding/hex"
	"runtime"
	"testing"

	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// Whatever a peer sends is read to its end or refused; what scan takes for a reply has the bytes that it
// says.
func FuzzReply(f *testing.F) {
	// The replies of docs/PROTOCOL.md: map form, list form with an exception, an end of a walk, two in a
	// batch.
	for _, text := range []string{
		"83a2696407a470656572a93139322e302e322e31a8766172" +
			"62696e647381b1312e332e362e312e322e312e312e332e30ce0083d600",
		"85a26964a161a470656572a93139322e302e322e31a876617262696e647392" +
			"93b1312e332e362e312e322e312e312e322e3006b0312e332e362e312e342e312e38303732" +
			"93b2312e332e362e312e322e312e312e39392e30cc81c0a67274745f7573cd0352a5747269657301",
		"83a2696408a470656572a93139322e302e322e31a876617262696e6473" +
			"81b2312e332e362e312e322e312e312e39392e30d40181",
		"86a2696409a470656572a93139322e302e322e31a876617262696e647380" +
			"a8636f6d706c657465c2a473746f70a56c696d6974" +
			"a46e65787492a3312e33c0",
		"9282a269640ca963616e63656c6c6564c382a269640da56572726f7282a4636f6465cd0194a56d6f726500",
	} {
		raw, err := hex.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		total := 0
		err := scan(body, func(h header) {
			total += len(h.raw)
			reply, more, failure := decodeReply(h.raw)
			if reply == nil {
				t.Fatal("no reply")
			}
			if failure == nil && more != h.more {
				t.Fatalf("more is %v, and %v to the loop", more, h.more)
			}
			parts := [][]byte{h.raw, h.raw}
			if whole, failure := decodeReplies(parts); failure == nil && whole == nil {
				t.Fatal("neither a reply nor an error")
			}
			if whole, err := decodeMaps(parts); err == nil && whole == nil {
				t.Fatal("neither a map nor an error")
			}
		})
		if err == nil && total > len(body) {
			t.Fatalf("%d bytes of %d", total, len(body))
		}
	})
}

// Nothing is allocated by a length that a message claims.
func TestLengthsThatLieCostNothing(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, key := range []string{"id", "more", "peer", "varbinds", "error", "next", "quirks", "new"} {
		for _, code := range []byte{msgpcode.Str32, msgpcode.Bin32, msgpcode.Ext32, msgpcode.Array32,
			msgpcode.Map32} {
			body := append([]byte("\x82\xa2id\x01"), msgpcode.FixedStrLow|byte(len(key)))
			body = append(append(body, key...), code, 0xff, 0xff, 0xff, 0xff, 1)
			if err := scan(body, func(header) {}); err == nil {
				t.Errorf("%s: %x is a reply", key, code)
			}
			if _, _, err := decodeReply(body); err == nil {
				t.Errorf("%s: %x is a reply", key, code)
			}
			if _, err := decodeMaps([][]byte{body}); err == nil {
				t.Errorf("%s: %x is a map", key, code)
			}
		}
	}
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 1<<20 {
		t.Errorf("%d bytes", spent)
	}
}
