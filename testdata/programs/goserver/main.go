// Go's net/http server: a streamed answer, a redirect, and an echo of what was posted.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func stream(w http.ResponseWriter, r *http.Request) {
	for i := 1; i <= 3; i++ {
		fmt.Fprintf(w, "part %d\n", i)
		w.(http.Flusher).Flush()
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	io.Copy(w, r.Body)
}

func main() {
	http.HandleFunc("/stream", stream)
	http.HandleFunc("/echo", echo)
	http.Handle("/old", http.RedirectHandler("/stream", http.StatusFound))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
