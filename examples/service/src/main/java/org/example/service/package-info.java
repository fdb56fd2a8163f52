/** Digits over HTTP. Read {@link org.example.service.DigitsGenerator}, which is what a service of yours writes anew. */
package org.example.service;
