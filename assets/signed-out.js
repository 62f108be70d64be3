// The page goes on by itself when every client's frame has loaded. A client that does not answer is not waited for.

setTimeout(() => location.replace(document.getElementById("next").href), 3000);
